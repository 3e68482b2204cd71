// Template makes pages from templates.
package main

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"os"
	"strings"
	"text/template"
	"time"
)

// probes maps the first argument to what is observed.
var probes = map[string]func(args []string){
	"text":     textTemplate,
	"html":     htmlTemplate,
	"mistakes": templateErrors,
}

func main() {
	if len(os.Args) < 2 || probes[os.Args[1]] == nil {
		println("template: unknown probe")
		os.Exit(99)
	}
	probes[os.Args[1]](os.Args[2:])
}

// textTemplate prints a template with a loop, a condition, a pipeline, a method and a function.
func textTemplate([]string) {
	page := template.Must(template.New("page").Funcs(template.FuncMap{"upper": strings.ToUpper}).Parse(
		`{{define "item"}}<{{.}}>{{end}}{{range $i, $x := .List}}{{if $i}}, {{end}}{{template "item" $x | upper}}{{else}}none{{end}}; ` +
			`{{printf "%05.1f" .Number}}; {{.When.Format "2006"}}; {{len .Map}}{{range $k, $v := .Map}} {{$k}}={{$v}}{{end}}; {{index .Map "a"}}{{with .Nothing}}no{{end}}` + "\n"))
	fmt.Println(page.Execute(os.Stdout, map[string]any{
		"List": []string{"a", "<b>"}, "Number": 3.14159, "When": time.Unix(0, 0).UTC(), "Map": map[string]int{"b": 2, "a": 1}, "Nothing": nil,
	}))
}

// htmlTemplate prints what hostile text becomes in each place of a page.
func htmlTemplate([]string) {
	page := htmltemplate.Must(htmltemplate.New("page").Parse(
		"<p title='{{.}}'>{{.}}</p>\n<a href=\"/?q={{.}}\">\n<a href=\"{{.}}\">\n<script>var x = {{.}};</script>\n<p style=\"color: {{.}}\">\n"))
	fmt.Println(page.Execute(os.Stdout, `javascript:alert("<O'Reilly> & co")`))
}

// templateErrors prints what kinds of mistakes a template reports.
func templateErrors([]string) {
	_, err := template.New("bad").Parse("{{if}}")
	fmt.Println("parse:", err != nil)
	err = template.Must(template.New("missing").Option("missingkey=error").Parse("{{.none}}")).Execute(io.Discard, map[string]int{})
	var execute template.ExecError
	fmt.Println("execute:", errors.As(err, &execute))
}
