/* hex.h - bytes as hexadecimal digits: names of pictures, tokens. */
#ifndef STUDIO_HEX_H
#define STUDIO_HEX_H

#include <stddef.h>

/* Two digits a byte, and a zero behind them. */
void hex_of(char *text, const unsigned char *data, size_t n);

#endif
