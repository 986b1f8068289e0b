"""decoder.py - check_decoder on pictures of all kinds. decoder.py CHECK_DECODER"""
import glob
import os
import subprocess
import sys
import tempfile

from PIL import Image, ImageCms, PngImagePlugin

HERE = os.path.dirname(os.path.abspath(__file__))


def make_pictures():
    """Colour, alpha, orientation, density, depth, profile and settings, as far as PIL writes them."""
    photo = Image.open("photo.png")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        photo.save(f"turned{orientation}.jpg", exif=exif.tobytes(), dpi=(72, 144))
    Image.effect_noise((97, 61), 200).save("noise.png")
    photo.convert("CMYK").save("cmyk.jpg")
    photo.convert("L").save("grey.jpg")
    photo.convert("P").save("palette.png")
    photo.convert("1").save("bits.png")
    photo.save("profile.png", icc_profile=profile)
    Image.new("I;16", (31, 17), 40000).save("deep.png")
    photo.convert("RGBA").save("alpha.tif", compression="tiff_lzw")
    photo.convert("RGBA").save("alpha.webp", lossless=True)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("impasto", '{"impasto": "0.1.0", "params": {"steps": 3}}')
    photo.save("settings.png", pnginfo=info)


def main(check):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "..", "cli", "make_pictures.py"), folder], check=True)
        os.chdir(folder)
        make_pictures()
        pictures = [p for ending in ("png", "jpg", "webp", "tif") for p in sorted(glob.glob("*." + ending)) if p not in ("photo.png", "empty.png")]
        sys.exit(subprocess.run([check, "photo.png", *pictures], check=False).returncode)


main(os.path.abspath(sys.argv[1]))
