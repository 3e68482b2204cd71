package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/lzw"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// text returns n bytes that compress well and do not repeat exactly.
func text(n int) []byte {
	var out bytes.Buffer
	for i := 0; out.Len() < n; i++ {
		fmt.Fprintf(&out, "line %d of many, squared %d\n", i, i*i)
	}
	return out.Bytes()[:n]
}

// digest is the beginning of the data's SHA-256.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// gzipRoundTrip packs 256 KB with a name and a time, and prints what comes back, out of two members in a row.
func gzipRoundTrip([]string) {
	var packed bytes.Buffer
	for i := 0; i < 2; i++ {
		writer := gzip.NewWriter(&packed)
		writer.Name, writer.ModTime = "name.txt", time.Unix(1_000_000_000, 0)
		_, err := writer.Write(text(128 << 10))
		check(err)
		check(writer.Close())
	}
	reader, err := gzip.NewReader(&packed)
	check(err)
	fmt.Println(reader.Name, reader.ModTime.Unix())
	back, err := io.ReadAll(reader)
	fmt.Println(len(back), digest(back), err)
}

// levels packs 64 KB at every level, and prints whether each comes back and is smaller than half.
func levels([]string) {
	data := text(64 << 10)
	for level := flate.HuffmanOnly; level <= flate.BestCompression; level++ {
		var packed bytes.Buffer
		writer, err := flate.NewWriter(&packed, level)
		check(err)
		writer.Write(data)
		check(writer.Close())
		size := packed.Len()
		back, err := io.ReadAll(flate.NewReader(&packed))
		fmt.Println(level, bytes.Equal(back, data), size < len(data)/2, err)
	}
}

// zlibRoundTrip packs with a dictionary, and prints what comes back with it and with another.
func zlibRoundTrip([]string) {
	var packed bytes.Buffer
	writer, err := zlib.NewWriterLevelDict(&packed, zlib.DefaultCompression, []byte("of many, squared"))
	check(err)
	writer.Write(text(10_000))
	check(writer.Close())
	stream := packed.Bytes()
	reader, err := zlib.NewReaderDict(bytes.NewReader(stream), []byte("of many, squared"))
	check(err)
	back, err := io.ReadAll(reader)
	fmt.Println(digest(back), err)
	_, err = zlib.NewReaderDict(bytes.NewReader(stream), []byte("other"))
	fmt.Println(errors.Is(err, zlib.ErrDictionary))
}

// damaged prints what is said of a gzip stream that was cut, of one with a changed byte, and of none.
func damaged([]string) {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	writer.Write(text(1000))
	check(writer.Close())
	read := func(stream []byte) error {
		reader, err := gzip.NewReader(bytes.NewReader(stream))
		if err == nil {
			_, err = io.ReadAll(reader)
		}
		return err
	}
	whole := packed.Bytes()
	fmt.Println("cut:", errors.Is(read(whole[:len(whole)-4]), io.ErrUnexpectedEOF))
	changed := append([]byte(nil), whole...)
	changed[len(changed)-6] ^= 1
	fmt.Println("changed:", errors.Is(read(changed), gzip.ErrChecksum))
	fmt.Println("none:", errors.Is(read([]byte("this is no gzip stream")), gzip.ErrHeader))
}

// bunzip unpacks a bzip2 stream of one line.
func bunzip([]string) {
	stream, err := hex.DecodeString(bzipped)
	check(err)
	back, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(stream)))
	fmt.Printf("%q %v\n", back, err)
}

// lzwRoundTrip packs and unpacks as GIF and as TIFF do.
func lzwRoundTrip([]string) {
	for _, order := range []lzw.Order{lzw.LSB, lzw.MSB} {
		var packed bytes.Buffer
		writer := lzw.NewWriter(&packed, order, 8)
		writer.Write(text(20_000))
		check(writer.Close())
		size := packed.Len()
		back, err := io.ReadAll(lzw.NewReader(&packed, order, 8))
		fmt.Println(digest(back), size < 10_000, err)
	}
}

// writeZip writes an archive of a stored file, a compressed one and a folder.
func writeZip(to io.Writer) {
	archive := zip.NewWriter(to)
	for _, header := range []*zip.FileHeader{
		{Name: "stored.txt", Method: zip.Store, Modified: time.Date(2024, 2, 29, 12, 0, 2, 0, time.UTC)},
		{Name: "folder/"},
		{Name: "folder/größe.txt", Method: zip.Deflate, Comment: "many lines"},
	} {
		file, err := archive.CreateHeader(header)
		check(err)
		if !strings.HasSuffix(header.Name, "/") {
			_, err = file.Write(text(50_000))
			check(err)
		}
	}
	check(archive.SetComment("an archive"))
	check(archive.Close())
}

// readZip prints what is in an archive.
func readZip(archive *zip.Reader) {
	fmt.Println(archive.Comment)
	for _, file := range archive.File {
		reader, err := file.Open()
		check(err)
		data, err := io.ReadAll(reader)
		fmt.Println(file.Name, file.UncompressedSize64, file.Modified.UTC().Year(), file.Comment, digest(data), err)
	}
	names, err := fs.Glob(archive, "*/*.txt")
	fmt.Println(names, err)
}

// zipInMemory writes an archive and prints what is in it.
func zipInMemory([]string) {
	var out bytes.Buffer
	writeZip(&out)
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	check(err)
	readZip(archive)
}

// zipOnDisk does the same with a file in the folder of its argument.
func zipOnDisk(args []string) {
	file, err := os.Create(filepath.Join(args[0], "a.zip"))
	check(err)
	writeZip(file)
	check(file.Close())
	archive, err := zip.OpenReader(file.Name())
	check(err)
	readZip(&archive.Reader)
	check(archive.Close())
}

// writeTar writes an archive with a long name, a link and a folder.
func writeTar(to io.Writer) {
	archive := tar.NewWriter(to)
	for _, header := range []*tar.Header{
		{Name: "folder/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "folder/" + strings.Repeat("long", 60) + ".txt", Size: 50_000, Mode: 0o640, ModTime: time.Unix(1, 500_000_000), Format: tar.FormatPAX},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "folder"},
		{Name: "größe", Size: 5, Mode: 0o600},
	} {
		check(archive.WriteHeader(header))
		_, err := archive.Write(text(int(header.Size)))
		check(err)
	}
	check(archive.Close())
}

// readTar prints what is in an archive.
func readTar(from io.Reader) {
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return
		}
		check(err)
		data, err := io.ReadAll(archive)
		fmt.Println(len(header.Name), string(header.Typeflag), header.Linkname, header.FileInfo().Mode(), header.ModTime.UnixNano(), digest(data), err)
	}
}

// tarInMemory writes an archive and prints what is in it.
func tarInMemory([]string) {
	var out bytes.Buffer
	writeTar(&out)
	readTar(&out)
}

// tarOnDisk writes a compressed archive into the folder of its argument, and prints what is in it.
func tarOnDisk(args []string) {
	file, err := os.Create(filepath.Join(args[0], "a.tar.gz"))
	check(err)
	packer := gzip.NewWriter(file)
	writeTar(packer)
	check(packer.Close())
	_, err = file.Seek(0, io.SeekStart)
	check(err)
	unpacker, err := gzip.NewReader(file)
	check(err)
	readTar(unpacker)
	check(file.Close())
}

// bzipped is one line, packed by bzip2.
const bzipped = "425a68393141592653593fcdb3cc000006d98000104000100016206a302000228f408d3f508068013ffb1aa04acb09e60bb9229c28481fe6d9e600"
