// SPDX-License-Identifier: Apache-2.0
#include "host/net/tls_session.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

#include "host/core/text.h"

namespace runbook {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using CertificatePtr = std::unique_ptr<X509, FreeCertificate>;

std::unique_ptr<BIO, FreeBio> reader(const std::string& text) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

Error wrong(const char* what) { return {"http.tls", cat("no secure connection: ", what)}; }

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> room{};
  return inet_pton(AF_INET, host.c_str(), room.data()) == 1 || inet_pton(AF_INET6, host.c_str(), room.data()) == 1;
}

Status trust(SSL_CTX* context, const std::string& ca) {
  if (ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return Unit{};
  }
  int count = 0;
  for (const auto bio = reader(ca);; ++count) {
    const CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) break;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  }
  ERR_clear_error();  // the end of the text is one
  return count > 0 ? Status(Unit{}) : Status(wrong("there is no certificate in what is to be trusted"));
}

Status show(SSL_CTX* context, const HttpTls& tls) {
  if (tls.cert.empty()) return Unit{};
  const auto certificates = reader(tls.cert);
  const CertificatePtr own(PEM_read_bio_X509(certificates.get(), nullptr, no_passphrase, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return wrong("our certificate cannot be read");
  while (const CertificatePtr more{PEM_read_bio_X509(certificates.get(), nullptr, no_passphrase, nullptr)}) {
    SSL_CTX_add1_chain_cert(context, more.get());
  }
  ERR_clear_error();
  const auto text = reader(tls.key);
  const std::unique_ptr<EVP_PKEY, FreeKey> key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return wrong("our key cannot be read, or is not the certificate's");
  return Unit{};
}

}  // namespace

Result<std::unique_ptr<TlsSession>> TlsSession::open(const HttpTls* tls, bool insecure, const std::string& host) {
  std::unique_ptr<TlsSession> session(new TlsSession);
  ERR_clear_error();
  if (Status begun = session->begin(tls, insecure, host); !begun) return std::move(begun).error();
  return session;
}

Status TlsSession::begin(const HttpTls* tls, bool insecure, const std::string& host) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (!insecure) RUNBOOK_TRY(trust(context_.get(), tls ? tls->ca : ""));
  if (tls) RUNBOOK_TRY(show(context_.get(), *tls));
  ssl_.reset(SSL_new(context_.get()));
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str());
  } else {
    SSL_set1_host(ssl_.get(), host.c_str());
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  }
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_connect_state(ssl_.get());
  std::string none;
  return feed({}, none);
}

Status TlsSession::feed(std::string_view wire, std::string& text) {
  if (!wire.empty()) BIO_write(in_, wire.data(), static_cast<int>(wire.size()));
  if (!ready_) {
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1)
      return SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ ? Status(Unit{}) : failed("connecting");
    ready_ = true;
  }
  std::array<char, 16U << 10U> room;
  while (!ended_) {
    const int count = SSL_read(ssl_.get(), room.data(), room.size());
    if (count > 0) {
      text.append(room.data(), static_cast<std::size_t>(count));
      continue;
    }
    const int why = SSL_get_error(ssl_.get(), count);
    if (why == SSL_ERROR_WANT_READ) break;
    if (why != SSL_ERROR_ZERO_RETURN) return failed("reading");
    ended_ = true;
  }
  return Unit{};
}

Status TlsSession::write(std::string_view text) {
  if (text.empty()) return Unit{};
  return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0 ? Status(Unit{}) : failed("writing");
}

std::string TlsSession::take_wire() {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out_, &bytes);
  std::string wire(bytes, static_cast<std::size_t>(size));
  BIO_reset(out_);
  return wire;
}

Status TlsSession::failed(const char* doing) {
  std::array<char, 256> words{};
  ERR_error_string_n(ERR_get_error(), words.data(), words.size());
  ERR_clear_error();
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    return Error("http.tls", cat("SSL certificate problem: ", X509_verify_cert_error_string(verdict)));
  }
  return Error("http.tls", cat(doing, ": ", printable(words.data())));
}

}  // namespace runbook
