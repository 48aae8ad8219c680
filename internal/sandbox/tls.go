package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

// listenTLS returns a TLS listener on top of inner. Its certificate is signed by a new CA, whose
// certificate it writes to cfg.CAOut.
func listenTLS(inner net.Listener, cfg Config) (net.Listener, error) {
	ca, leaf, err := newCertificates(cfg.Now(), cfg.Rand)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if cfg.CAOut != "" {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca})
		if err := replaceFile(cfg.CAOut, text, 0o644); err != nil {
			return nil, fmt.Errorf("CA certificate: %w", err)
		}
	}
	// Only HTTP/1.1: faults that close the connection have no clear equivalent in HTTP/2.
	return tls.NewListener(inner, &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{leaf},
		NextProtos:   []string{"http/1.1"},
	}), nil
}

// newCertificates returns the certificate of a new CA (DER), and a certificate with its key that is
// signed by it.
func newCertificates(
	now time.Time, random io.Reader,
) (caDER []byte, leaf tls.Certificate, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, leaf, err
	}
	caTemplate, err := certificateTemplate(now, random, "jetpack-start sandbox CA")
	if err != nil {
		return nil, leaf, err
	}
	caTemplate.IsCA, caTemplate.BasicConstraintsValid = true, true
	caTemplate.KeyUsage = x509.KeyUsageCertSign
	caDER, err = x509.CreateCertificate(random, caTemplate, caTemplate, caKey.Public(), caKey)
	if err != nil {
		return nil, leaf, err
	}
	ca, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, leaf, err
	}

	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return nil, leaf, err
	}
	leafTemplate, err := certificateTemplate(now, random, apiHost)
	if err != nil {
		return nil, leaf, err
	}
	leafTemplate.KeyUsage = x509.KeyUsageDigitalSignature
	leafTemplate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leafTemplate.DNSNames = []string{apiHost, "localhost"}
	leafTemplate.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	leafDER, err := x509.CreateCertificate(random, leafTemplate, ca, key.Public(), caKey)
	return caDER, tls.Certificate{Certificate: [][]byte{leafDER, caDER}, PrivateKey: key}, err
}

// certificateTemplate returns what the certificates have in common. They are valid for a year.
func certificateTemplate(now time.Time, random io.Reader, name string) (*x509.Certificate, error) {
	serial := make([]byte, 16)
	if _, err := io.ReadFull(random, serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 1 // positive, and not zero
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(1, 0, 0),
	}, nil
}
