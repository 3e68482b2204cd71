package main

import (
	"crypto/x509"
	_ "embed"
	"encoding/pem"
	"fmt"
	"time"
)

// certificatePEM is a certificate that signs itself, made for this probe.
//
//go:embed certificate.pem
var certificatePEM []byte

// certificate prints what is in a certificate, and for which names and times it holds.
func certificate([]string) {
	block, _ := pem.Decode(certificatePEM)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	fmt.Println(cert.Subject, cert.SerialNumber, cert.NotBefore.Format(time.DateOnly), cert.SignatureAlgorithm, cert.DNSNames, cert.IPAddresses)
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	inside, outside := cert.NotBefore.AddDate(1, 0, 0), cert.NotAfter.AddDate(1, 0, 0)
	for _, options := range []x509.VerifyOptions{
		{DNSName: "www.example.org", CurrentTime: inside, Roots: roots}, {DNSName: "example.com", CurrentTime: inside, Roots: roots},
		{DNSName: "www.example.org", CurrentTime: outside, Roots: roots}, {DNSName: "www.example.org", CurrentTime: inside, Roots: x509.NewCertPool()},
	} {
		_, err := cert.Verify(options)
		fmt.Printf("%T\n", err)
	}
}
