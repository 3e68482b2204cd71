// Http serves and asks over HTTP, both ends within the program, and looks at a certificate.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"get":      get,
	"post":     post,
	"large":    large,
	"redirect": redirect,
	"many":     many,
	"timeout":  timeout,
	"refused":  refused,
	"shutdown": shutdown,
	"tls":      secure,
	"recorder": recorder,
	"x509":     certificate,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("http: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// show prints a response's status, one header and the body, or the error.
func show(response *http.Response, err error) {
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	fmt.Printf("%s, %s, %q, %v\n", response.Status, response.Header.Get("Content-Type"), body, err)
}

// mux answers under /hello, moves /old there, and knows nothing else.
func mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/hello", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s hello %s\n", r.Method, r.FormValue("name"))
	})
	mux.Handle("/old", http.RedirectHandler("/hello?name=moved", http.StatusMovedPermanently))
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	return mux
}

// get asks for a page that is there and for one that is not.
func get([]string) {
	server := httptest.NewServer(mux())
	defer server.Close()
	show(http.Get(server.URL + "/hello?name=gopher"))
	show(http.Get(server.URL + "/none"))
}

// post posts a form.
func post([]string) {
	server := httptest.NewServer(mux())
	defer server.Close()
	show(http.PostForm(server.URL+"/hello", url.Values{"name": {"two words & more"}}))
}

// large posts a megabyte to a server that sends it back, and prints whether it came back the same.
func large([]string) {
	server := httptest.NewServer(mux())
	defer server.Close()
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	response, err := http.Post(server.URL+"/echo", "application/octet-stream", bytes.NewReader(sent))
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	got, err := io.ReadAll(response.Body)
	fmt.Printf("%d bytes, same: %v, %v\n", len(got), crc32.ChecksumIEEE(got) == crc32.ChecksumIEEE(sent), err)
}

// redirect follows a page that has moved.
func redirect([]string) {
	server := httptest.NewServer(mux())
	defer server.Close()
	response, err := http.Get(server.URL + "/old")
	if err == nil {
		fmt.Println(response.Request.URL.RequestURI())
	}
	show(response, err)
}

// many has 20 clients ask at once, and prints how many got the answer.
func many([]string) {
	server := httptest.NewServer(mux())
	defer server.Close()
	var clients sync.WaitGroup
	answers := make(chan bool, 20)
	for i := 0; i < 20; i++ {
		clients.Add(1)
		go func() {
			defer clients.Done()
			response, err := http.Get(server.URL + "/hello")
			answers <- err == nil && response.StatusCode == http.StatusOK
			if err == nil {
				response.Body.Close()
			}
		}()
	}
	clients.Wait()
	got := 0
	for i := 0; i < 20; i++ {
		if <-answers {
			got++
		}
	}
	fmt.Println(got, "answers")
}

// timeout gives a server 50 ms that never answers, and prints whether the error says so.
func timeout([]string) {
	answer := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-answer }))
	defer server.Close()
	defer close(answer)
	client := http.Client{Timeout: 50 * time.Millisecond}
	_, err := client.Get(server.URL)
	var urlError *url.Error
	fmt.Println("timeout:", errors.As(err, &urlError) && urlError.Timeout())
}

// refused asks where nobody listens.
func refused([]string) {
	_, err := http.Get("http://127.0.0.1:1/")
	var urlError *url.Error
	if errors.As(err, &urlError) {
		fmt.Println("error of", urlError.Op, urlError.URL+", timeout:", urlError.Timeout())
		return
	}
	fmt.Println("no *url.Error:", err)
}

// shutdown stops a server while a request is being answered, and prints the answer and what Serve returned.
func shutdown([]string) {
	began := make(chan bool)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		began <- true
		time.Sleep(20 * time.Millisecond)
		io.WriteString(w, "finished")
	}))
	listener := server.Listener
	served := make(chan error)
	go func() { served <- server.Config.Serve(listener) }()
	asked := make(chan bool)
	go func() {
		show(http.Get("http://" + listener.Addr().String()))
		asked <- true
	}()
	<-began
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := server.Config.Shutdown(ctx)
	<-asked
	fmt.Println("Shutdown:", err)
	fmt.Println("Serve:", <-served)
}

// secure asks over TLS, with the server's certificate trusted and then not.
func secure([]string) {
	server := httptest.NewTLSServer(mux())
	defer server.Close()
	response, err := server.Client().Get(server.URL + "/hello")
	if err == nil {
		fmt.Println("complete:", response.TLS.HandshakeComplete)
	}
	show(response, err)
	_, err = (&http.Client{Transport: &http.Transport{}}).Get(server.URL)
	fmt.Println("untrusted, error:", err != nil)
}

// recorder calls a handler without any network.
func recorder([]string) {
	recorder := httptest.NewRecorder()
	mux().ServeHTTP(recorder, httptest.NewRequest("PUT", "/hello?name=recorded", strings.NewReader("")))
	show(recorder.Result(), nil)
}
