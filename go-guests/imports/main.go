// Imports needs every host function that Go's net package reaches, most of which it never calls: a runtime
// that lacks one cannot even start it. Its probes show what networking says where there is none.
package main

import (
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"start":         func([]string) { say("started") },
	"dial":          dial,
	"dial-refused":  dialRefused,
	"listen":        listen,
	"echo":          echo,
	"pipe":          pipe,
	"deadline":      deadline,
	"file-listener": fileListener,
	"file-conn":     fileConn,
	"bad-listener":  badListener,
	"lookup":        lookup,
	"interfaces":    interfaces,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("imports: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// say prints one line.
func say(words ...string) {
	os.Stdout.WriteString(strings.Join(words, " ") + "\n")
}

// describe is the text of an error, or "no error".
func describe(err error) string {
	if err == nil {
		return "no error"
	}
	return "error: " + err.Error()
}

// dial connects to an address, as in "tcp 192.0.2.1:80", within a second.
func dial(args []string) {
	conn, err := net.DialTimeout(args[0], args[1], time.Second)
	if err == nil {
		conn.Close()
	}
	say(describe(err))
}

// dialRefused listens, stops listening, and then dials the address nobody listens on any more. What is
// printed is whether the error is a *net.OpError, as it is for every failed Dial.
func dialRefused([]string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	address := listener.Addr().String()
	listener.Close()
	_, err = net.DialTimeout("tcp", address, time.Second)
	var opError *net.OpError
	if errors.As(err, &opError) {
		say("error of", opError.Op, opError.Net)
		return
	}
	say(describe(err))
}

// listen listens on an address and prints the error, or the address without its port.
func listen(args []string) {
	listener, err := net.Listen(args[0], args[1])
	if err != nil {
		say(describe(err))
		return
	}
	host, _, err := net.SplitHostPort(listener.Addr().String())
	say(host+",", describe(err))
}

// echo has a server and a client in one program: the client sends two lines and half-closes, the server
// answers in upper case until it reads the end, and the client prints the answer.
func echo([]string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			say("Accept:", describe(err))
			return
		}
		text, err := io.ReadAll(conn)
		io.WriteString(conn, strings.ToUpper(string(text)))
		say("server:", strconv.Itoa(len(text)), "bytes,", describe(err))
		conn.Close()
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		say(describe(err))
		return
	}
	io.WriteString(conn, "one\n")
	io.WriteString(conn, "two\n")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		say("CloseWrite:", describe(err))
	}
	text, err := io.ReadAll(conn)
	say("client:", strconv.Quote(string(text))+",", describe(err))
}

// pipe sends one message through net.Pipe.
func pipe([]string) {
	a, b := net.Pipe()
	go func() {
		io.WriteString(a, "message")
		a.Close()
	}()
	text, err := io.ReadAll(b)
	say(strconv.Quote(string(text))+",", describe(err))
}

// deadline accepts with a deadline of 20 ms and nobody dialling, and prints whether the error is a timeout.
func deadline([]string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Millisecond))
	_, err = listener.Accept()
	say("timeout:", strconv.FormatBool(errors.Is(err, os.ErrDeadlineExceeded)))
}

// fileListener asks for a listener on a file, which is none.
func fileListener(args []string) {
	file, err := os.Open(args[0])
	if err == nil {
		_, err = net.FileListener(file)
	}
	say(describe(err))
}

// fileConn asks for a connection on a file, which is none.
func fileConn(args []string) {
	file, err := os.Open(args[0])
	if err == nil {
		_, err = net.FileConn(file)
	}
	say(describe(err))
}

// badListener asks for a listener on a file descriptor that is not open.
func badListener([]string) {
	_, err := net.FileListener(os.NewFile(200, "200"))
	say(describe(err))
}

// lookup resolves a name or address.
func lookup(args []string) {
	addresses, err := net.LookupHost(args[0])
	say(strings.Join(addresses, " ")+",", describe(err))
}

// interfaces prints the number of network interfaces.
func interfaces([]string) {
	all, err := net.Interfaces()
	say(strconv.Itoa(len(all)), "interfaces,", describe(err))
}
