package main

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func init() {
	for name, probe := range map[string]func(args []string){
		"large":          large,
		"many":           many,
		"addresses":      addresses,
		"read-deadline":  readDeadline,
		"closed":         closed,
		"listen-twice":   listenTwice,
		"accept-closed":  acceptClosed,
		"udp":            udp,
		"unix":           unix,
		"pipe-deadline":  pipeDeadline,
		"pipe-closed":    pipeClosed,
		"cancelled":      cancelled,
		"lookup-context": lookupContext,
		"lookup-port":    lookupPort,
		"parse":          parse,
		"unknown":        unknownNetwork,
	} {
		probes[name] = probe
	}
}

// connect returns both ends of a connection within the program.
func connect(network, address string) (client, server net.Conn, err error) {
	listener, err := net.Listen(network, address)
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			say("Accept:", describe(err))
		}
		accepted <- conn
	}()
	client, err = net.Dial(network, listener.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	return client, <-accepted, nil
}

// large sends a megabyte through a connection, and prints the checksums of what was sent and what arrived.
func large([]string) {
	client, server, err := connect("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	sent := make([]byte, 1<<20)
	for i := range sent {
		sent[i] = byte(i * 7)
	}
	go func() {
		client.Write(sent)
		client.Close()
	}()
	got, err := io.ReadAll(server)
	say(strconv.Itoa(len(got)), "bytes, same:", strconv.FormatBool(crc32.ChecksumIEEE(got) == crc32.ChecksumIEEE(sent))+",", describe(err))
}

// many has 50 clients at once each send a number to a server that doubles it, and prints the answers' sum.
func many([]string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				buf := []byte{0}
				io.ReadFull(conn, buf)
				conn.Write([]byte{buf[0] * 2})
				conn.Close()
			}()
		}
	}()
	var clients sync.WaitGroup
	answers := make(chan int, 50)
	for i := 0; i < 50; i++ {
		clients.Add(1)
		go func(i int) {
			defer clients.Done()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				say(describe(err))
				return
			}
			conn.Write([]byte{byte(i)})
			answer, _ := io.ReadAll(conn)
			if len(answer) == 1 {
				answers <- int(answer[0])
			}
			conn.Close()
		}(i)
	}
	clients.Wait()
	close(answers)
	listener.Close()
	sum := 0
	for answer := range answers {
		sum += answer
	}
	say(strconv.Itoa(sum))
}

// addresses prints whether each end of a connection gives as its peer what the other calls itself.
func addresses([]string) {
	client, server, err := connect("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	say("server:", strconv.FormatBool(client.RemoteAddr().String() == server.LocalAddr().String()))
	say("client:", strconv.FormatBool(client.LocalAddr().String() == server.RemoteAddr().String()))
	say("network:", client.LocalAddr().Network())
}

// readDeadline reads from a silent connection with a deadline of 20 ms, then without one after a write.
func readDeadline([]string) {
	client, server, err := connect("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	client.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err = client.Read(make([]byte, 1))
	say("deadline exceeded:", strconv.FormatBool(errors.Is(err, os.ErrDeadlineExceeded)))
	client.SetReadDeadline(time.Time{})
	server.Write([]byte("x"))
	n, err := client.Read(make([]byte, 1))
	say(strconv.Itoa(n), "byte,", describe(err))
}

// closed reads from and writes to a connection that it has closed, and reads at the other end.
func closed([]string) {
	client, server, err := connect("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	client.Close()
	_, err = client.Read(make([]byte, 1))
	say("read, closed:", strconv.FormatBool(errors.Is(err, net.ErrClosed)))
	_, err = client.Write([]byte("x"))
	say("write, closed:", strconv.FormatBool(errors.Is(err, net.ErrClosed)))
	_, err = server.Read(make([]byte, 1))
	say("other end, end of file:", strconv.FormatBool(err == io.EOF))
}

// listenTwice listens on an address that is taken, and again after it was given back.
func listenTwice([]string) {
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	_, err = net.Listen("tcp", first.Addr().String())
	say("in use:", strconv.FormatBool(errors.Is(err, syscall.EADDRINUSE)))
	first.Close()
	again, err := net.Listen("tcp", first.Addr().String())
	say("after Close:", describe(err))
	if err == nil {
		again.Close()
	}
}

// acceptClosed closes a listener that a goroutine is waiting on.
func acceptClosed([]string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	time.AfterFunc(20*time.Millisecond, func() { listener.Close() })
	_, err = listener.Accept()
	say("closed:", strconv.FormatBool(errors.Is(err, net.ErrClosed)))
}

// udp sends two packets from one address of the program to another, and prints each as it arrives.
func udp([]string) {
	receiver, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	sender, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		say(describe(err))
		return
	}
	for _, text := range []string{"one", "twenty-two"} {
		if _, err := sender.WriteTo([]byte(text), receiver.LocalAddr()); err != nil {
			say(describe(err))
		}
	}
	for i := 0; i < 2; i++ {
		buf := make([]byte, 100)
		receiver.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, from, err := receiver.ReadFrom(buf)
		if err != nil {
			say(describe(err))
			return
		}
		say(string(buf[:n])+", from the sender:", strconv.FormatBool(from.String() == sender.LocalAddr().String()))
	}
}

// unix talks over a unix socket within the program, under the name that its argument gives.
func unix(args []string) {
	client, server, err := connect("unix", args[0])
	if err != nil {
		say(describe(err))
		return
	}
	io.WriteString(client, "message")
	client.Close()
	text, err := io.ReadAll(server)
	say(strconv.Quote(string(text))+",", describe(err))
}

// pipeDeadline reads and writes a net.Pipe that nobody is at the other end of, with deadlines.
func pipeDeadline([]string) {
	a, _ := net.Pipe()
	a.SetDeadline(time.Now().Add(20 * time.Millisecond))
	_, err := a.Read(make([]byte, 1))
	say("read:", strconv.FormatBool(errors.Is(err, os.ErrDeadlineExceeded)))
	_, err = a.Write([]byte("x"))
	say("write:", strconv.FormatBool(errors.Is(err, os.ErrDeadlineExceeded)))
}

// pipeClosed reads and writes a net.Pipe whose other end is closed.
func pipeClosed([]string) {
	a, b := net.Pipe()
	b.Close()
	_, err := a.Read(make([]byte, 1))
	say("read, end of file:", strconv.FormatBool(err == io.EOF))
	_, err = a.Write([]byte("x"))
	say("write, closed pipe:", strconv.FormatBool(errors.Is(err, io.ErrClosedPipe)))
}

// cancelled dials with a context that has been cancelled.
func cancelled([]string) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var dialer net.Dialer
	_, err := dialer.DialContext(ctx, "tcp", "127.0.0.1:1")
	var opError *net.OpError
	say("*net.OpError:", strconv.FormatBool(errors.As(err, &opError)))
}

// lookupContext looks a name up within 200 ms, and prints what kind of error that is.
func lookupContext([]string) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, "name.invalid")
	var dnsError *net.DNSError
	if errors.As(err, &dnsError) {
		say("*net.DNSError for", dnsError.Name)
		return
	}
	say(describe(err))
}

// lookupPort prints the ports of services that Go itself knows.
func lookupPort([]string) {
	for _, service := range []string{"http", "https", "80"} {
		port, err := net.LookupPort("tcp", service)
		say(service, strconv.Itoa(port)+",", describe(err))
	}
}

// parse takes addresses apart and puts them together.
func parse([]string) {
	for _, text := range []string{"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "192.0.2.256", "1.2.3"} {
		say(text, "is", net.ParseIP(text).String())
	}
	ip, network, err := net.ParseCIDR("192.0.2.130/25")
	say(ip.String(), network.String(), strconv.FormatBool(network.Contains(net.IPv4(192, 0, 2, 127))), describe(err))
	say(net.JoinHostPort("2001:db8::1", "80"))
	_, _, err = net.SplitHostPort("2001:db8::1")
	say(strings.TrimPrefix(describe(err), "error: "))
}

// unknownNetwork dials and listens on a network that does not exist.
func unknownNetwork([]string) {
	var unknown net.UnknownNetworkError
	_, err := net.Dial("carrier-pigeon", "127.0.0.1:1")
	say("Dial:", strconv.FormatBool(errors.As(err, &unknown)))
	_, err = net.Listen("carrier-pigeon", "127.0.0.1:1")
	say("Listen:", strconv.FormatBool(errors.As(err, &unknown)))
}
