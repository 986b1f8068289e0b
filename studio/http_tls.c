/* http_tls.c - see http_tls.h: all that is asked of GnuTLS; libmicrohttpd does the rest,
 * but does not say what is wrong with a file. */
#include "studio/http_tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "studio/fail.h"

enum { MOST = 1 << 20 };

static imp_status read_file(char **out, const char *path, imp_error *err)
{
    FILE *f = fopen(path, "rbe");
    size_t n;

    if (!f) return studio_fail(err, IMP_EIO, "%s: %s", path, strerror(errno));
    if ((*out = calloc(1, MOST))) {
        n = fread(*out, 1, MOST - 1, f);
        (*out)[n] = '\0';
    }
    fclose(f);
    return *out ? IMP_OK : studio_fail(err, IMP_ENOMEM, "no memory for a certificate");
}

static imp_status check_pair(char *certificate, char *key, const char *certificate_file,
                             const char *key_file, imp_error *err)
{
    const gnutls_datum_t first = { (unsigned char *) certificate,
                                   (unsigned) strlen(certificate) };
    const gnutls_datum_t second = { (unsigned char *) key, (unsigned) strlen(key) };
    gnutls_certificate_credentials_t both;
    int error;

    if (gnutls_certificate_allocate_credentials(&both))
        return studio_fail(err, IMP_ENOMEM, "no memory for a certificate");
    error = gnutls_certificate_set_x509_key_mem(both, &first, &second, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(both);
    if (error >= 0) return IMP_OK;
    if (error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return studio_fail(err, IMP_EINVAL, "%s: this key does not belong to %s", key_file,
                           certificate_file);
    if (!strstr(certificate, "BEGIN CERTIFICATE"))
        return studio_fail(err, IMP_EINVAL, "%s: there is no certificate in it, in PEM",
                           certificate_file);
    if (!strstr(key, "PRIVATE KEY"))
        return studio_fail(err, IMP_EINVAL, "%s: there is no private key in it, in PEM",
                           key_file);
    return studio_fail(err, IMP_EINVAL, "%s, %s: %s", certificate_file, key_file,
                       gnutls_strerror(error));
}

imp_status http_tls_read(char **certificate, char **key, const char *certificate_file,
                         const char *key_file, imp_error *err)
{
    imp_status status;

    TRY(read_file(certificate, certificate_file, err));
    TRY(read_file(key, key_file, err));
    TRY(check_pair(*certificate, *key, certificate_file, key_file, err));

done:
    return status;
}
