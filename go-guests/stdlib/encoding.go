package main

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf16"
)

// order is what the encodings carry.
type order struct {
	XMLName xml.Name          `json:"-" xml:"order"`
	ID      int64             `json:"id" xml:"id,attr"`
	Name    string            `json:"name" xml:"name"`
	Price   float64           `json:"price" xml:"price"`
	Tags    []string          `json:"tags,omitempty" xml:"tags>tag"`
	Notes   map[string]string `json:"notes,omitempty" xml:"-"`
	When    time.Time         `json:"when" xml:"when"`
	Data    []byte            `json:"data" xml:"-"`
}

// sample is an order with something in each field.
func sample() order {
	return order{
		ID: math.MaxInt64, Name: "Ä <b> & \u2028 \"q\"", Price: 0.1, Tags: []string{"x", "y"},
		Notes: map[string]string{"b": "2", "a": "1"}, When: time.Date(2024, 2, 29, 12, 0, 0, 5, time.UTC), Data: []byte{0, 255},
	}
}

// jsonRoundTrip prints an order as JSON, and whether it reads back as the same.
func jsonRoundTrip([]string) {
	text, err := json.Marshal(sample())
	check(err)
	fmt.Println(string(text))
	var back order
	check(json.Unmarshal(text, &back))
	again, err := json.Marshal(back)
	fmt.Println("same:", bytes.Equal(text, again), err)
}

// jsonNumbers prints how numbers at the edges are written and read.
func jsonNumbers([]string) {
	text, err := json.Marshal([]any{math.MaxFloat64, math.SmallestNonzeroFloat64, 1e21, 1e20, 1e-7, math.Copysign(0, -1), uint64(math.MaxUint64), 100.0})
	check(err)
	fmt.Println(string(text))
	var rounded any
	check(json.Unmarshal([]byte(`9007199254740993`), &rounded))
	fmt.Printf("%T %.0f\n", rounded, rounded)
	var kind *json.UnmarshalTypeError
	fmt.Println(errors.As(json.Unmarshal([]byte(`1e400`), new(float64)), &kind))
	decoder := json.NewDecoder(strings.NewReader(`9007199254740993`))
	decoder.UseNumber()
	var number json.Number
	check(decoder.Decode(&number))
	fmt.Println(number)
	_, err = json.Marshal(math.NaN())
	var unsupported *json.UnsupportedValueError
	fmt.Println(errors.As(err, &unsupported))
}

// jsonErrors prints what is said of JSON that is wrong.
func jsonErrors([]string) {
	var into struct{ N int8 }
	for _, text := range []string{`{"N":1`, `{"N":x}`, `{"N":300}`, `{"N":"1"}`, `{"N":1} 2`, ``} {
		err := json.Unmarshal([]byte(text), &into)
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		fmt.Println(errors.As(err, &syntax), errors.As(err, &kind))
	}
}

// jsonStream reads three documents from one stream, and prints a document indented.
func jsonStream([]string) {
	decoder := json.NewDecoder(strings.NewReader("{\"a\":1}\n[true,null] \"x\""))
	for {
		var document any
		if err := decoder.Decode(&document); err == io.EOF {
			break
		} else {
			check(err)
		}
		fmt.Println(document)
	}
	var out bytes.Buffer
	check(json.Indent(&out, []byte(`{"a":[1,2],"b":{}}`), "", "  "))
	fmt.Println(out.String())
}

// xmlRoundTrip prints an order as XML, and what reads back from it.
func xmlRoundTrip([]string) {
	text, err := xml.MarshalIndent(sample(), "", " ")
	check(err)
	fmt.Println(string(text))
	var back order
	check(xml.Unmarshal(text, &back))
	fmt.Println(back.ID == sample().ID, back.Name == sample().Name, back.Tags, back.When.Equal(sample().When))
}

// csvRoundTrip prints awkward fields as CSV, whether they read back, and what is said of a stray quote.
func csvRoundTrip([]string) {
	rows := [][]string{{"plain", "with,comma", "with \"quote\""}, {"two\nlines", "", " space "}}
	var out bytes.Buffer
	writer := csv.NewWriter(&out)
	check(writer.WriteAll(rows))
	fmt.Print(out.String())
	back, err := csv.NewReader(&out).ReadAll()
	fmt.Println(fmt.Sprint(back) == fmt.Sprint(rows), err)
	_, err = csv.NewReader(strings.NewReader("a,b\"c\n")).ReadAll()
	fmt.Println(errors.Is(err, csv.ErrBareQuote))
}

// gobRoundTrip sends an order and an interface value through gob.
func gobRoundTrip([]string) {
	gob.Register(time.Duration(0))
	var stream bytes.Buffer
	check(gob.NewEncoder(&stream).Encode(struct {
		Order order
		Any   any
	}{sample(), 3 * time.Second}))
	var back struct {
		Order order
		Any   any
	}
	check(gob.NewDecoder(&stream).Decode(&back))
	fmt.Println(back.Order.ID, back.Order.Price, back.Order.Notes, back.Order.Data, back.Order.When.Nanosecond(), back.Any)
}

// baseEncodings prints the bytes 0 to 255 in base64, base32 and hex, shortened, and what is said of bad input.
func baseEncodings([]string) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, text := range []string{
		base64.StdEncoding.EncodeToString(all), base64.RawURLEncoding.EncodeToString(all),
		base32.StdEncoding.EncodeToString(all), hex.EncodeToString(all),
	} {
		fmt.Println(len(text), text[:8], text[len(text)-8:])
	}
	back, err := base64.StdEncoding.DecodeString(base64.StdEncoding.EncodeToString(all))
	fmt.Println(bytes.Equal(back, all), err)
	_, err = base64.StdEncoding.DecodeString("AA!A")
	fmt.Println(err)
	_, err = hex.DecodeString("0g")
	fmt.Println(err)
	block, _ := pem.Decode(pem.EncodeToMemory(&pem.Block{Type: "TEST", Headers: map[string]string{"K": "v"}, Bytes: all}))
	fmt.Println(block.Type, block.Headers, bytes.Equal(block.Bytes, all))
}

// binaryEncoding prints one struct in both byte orders, reads it back, and prints varints at their edges.
func binaryEncoding([]string) {
	type record struct {
		A uint8
		B int16
		C uint32
		D int64
		E float32
		F [2]uint16
	}
	value := record{0x12, -2, 0xdeadbeef, math.MinInt64, 1.5, [2]uint16{1, 0xffff}}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		var out bytes.Buffer
		check(binary.Write(&out, order, value))
		fmt.Printf("%x\n", out.Bytes())
		var back record
		check(binary.Read(&out, order, &back))
		fmt.Println(back == value)
	}
	for _, n := range []uint64{0, 127, 128, math.MaxUint32, math.MaxUint64} {
		fmt.Printf("%x ", binary.AppendUvarint(nil, n))
	}
	fmt.Printf("%x %x\n", binary.AppendVarint(nil, math.MinInt64), binary.AppendVarint(nil, -1))
}

// utf16Encoding prints text in UTF-16, and what a lone surrogate decodes to.
func utf16Encoding([]string) {
	units := utf16.Encode([]rune("aé日😀"))
	fmt.Printf("%04x %s\n", units, string(utf16.Decode(units)))
	fmt.Printf("%q\n", utf16.Decode([]uint16{0xd83d, 'x'}))
}
