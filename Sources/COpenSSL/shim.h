// The parts of the system's libcrypto that ECSRP5 needs: big numbers and prime-field curves.
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
