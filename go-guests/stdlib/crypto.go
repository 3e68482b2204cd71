package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/adler32"
	"hash/crc32"
	"hash/crc64"
	"hash/fnv"
)

// hashes prints each hash of 100,000 bytes, written in pieces, and of none.
func hashes([]string) {
	data := text(100_000)
	for _, h := range []hash.Hash{
		md5.New(), sha1.New(), sha256.New(), sha256.New224(), sha512.New(), sha512.New384(), sha512.New512_256(),
		crc32.NewIEEE(), crc32.New(crc32.MakeTable(crc32.Castagnoli)), crc64.New(crc64.MakeTable(crc64.ECMA)), adler32.New(), fnv.New64a(),
	} {
		none := h.Sum(nil)
		h.Write(data[:1])
		h.Write(data[1:12_345])
		h.Write(data[12_345:])
		fmt.Printf("%.16x %.8x\n", h.Sum(nil), none)
	}
}

// authenticated prints the HMAC of RFC 4231's second test, and whether a wrong one is found out.
func authenticated([]string) {
	for _, kind := range []func() hash.Hash{sha256.New, sha512.New} {
		mac := hmac.New(kind, []byte("Jefe"))
		mac.Write([]byte("what do ya want for nothing?"))
		sum := mac.Sum(nil)
		fmt.Printf("%x\n", sum)
		changed := append([]byte(nil), sum...)
		changed[0] ^= 1
		fmt.Println(hmac.Equal(sum, sum), hmac.Equal(sum, changed), subtle.ConstantTimeCompare(sum, sum[1:]))
	}
}

// aesModes prints FIPS 197's example block, a sealed message, and whether a changed one opens.
func aesModes([]string) {
	key, _ := hex.DecodeString("000102030405060708090a0b0c0d0e0f")
	plain, _ := hex.DecodeString("00112233445566778899aabbccddeeff")
	block, err := aes.NewCipher(key)
	check(err)
	out := make([]byte, 16)
	block.Encrypt(out, plain)
	fmt.Printf("%x\n", out)
	stream := make([]byte, 40)
	cipher.NewCTR(block, plain).XORKeyStream(stream, stream)
	fmt.Printf("%x\n", stream)
	gcm, err := cipher.NewGCM(block)
	check(err)
	sealed := gcm.Seal(nil, key[:12], []byte("a secret"), []byte("public"))
	fmt.Printf("%x\n", sealed)
	opened, err := gcm.Open(nil, key[:12], sealed, []byte("public"))
	fmt.Printf("%s %v\n", opened, err)
	sealed[0] ^= 1
	_, err = gcm.Open(nil, key[:12], sealed, []byte("public"))
	fmt.Println("changed, error:", err != nil)
}

// ed25519Signature prints the key and the signature of RFC 8032's second test, and whether it holds for another text.
func ed25519Signature([]string) {
	seed, _ := hex.DecodeString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
	key := ed25519.NewKeyFromSeed(seed)
	public := key.Public().(ed25519.PublicKey)
	signature := ed25519.Sign(key, []byte{0x72})
	fmt.Printf("%x\n%x\n", public, signature)
	fmt.Println(ed25519.Verify(public, []byte{0x72}, signature), ed25519.Verify(public, []byte{0x73}, signature))
}

// ecdsaSignature makes a key, signs with it, and prints whether the signature holds for its text and for another.
func ecdsaSignature([]string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	right, wrong := sha256.Sum256([]byte("text")), sha256.Sum256([]byte("other"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, right[:])
	check(err)
	fmt.Println(ecdsa.VerifyASN1(&key.PublicKey, right[:], signature), ecdsa.VerifyASN1(&key.PublicKey, wrong[:], signature))
}
