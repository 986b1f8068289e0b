/* http_tls.h - the certificate and key with which the server speaks TLS. */
#ifndef STUDIO_HTTP_TLS_H
#define STUDIO_HTTP_TLS_H

#include <impasto/base.h>

/* Both in PEM, which the caller frees. Errors: IMP_EIO (a file that cannot be read),
 * IMP_EINVAL (no such thing in it, or one does not belong to the other). */
IMP_MUST_CHECK imp_status
http_tls_read(char **certificate, char **key, const char *certificate_file,
              const char *key_file, imp_error *err);

#endif
