package awsfake

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// fields is an answer: an XML element or JSON object. In XML a value is text, fields, or a list of fields.
type fields map[string]any

// fault is an answer that reports an error.
type fault struct {
	status        int
	code, message string
}

func (e *fault) Error() string { return e.code + ": " + e.message }

func invalid(code, format string, args ...any) error {
	return &fault{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

// form is a request of the query protocol as a tree: Filter.1.Value.2 is the second value of the first filter.
type form struct {
	text     string
	children map[string]*form
}

func newForm(values url.Values) *form {
	root := &form{}
	for key := range values {
		at := root
		for name := range strings.SplitSeq(key, ".") {
			if at.children == nil {
				at.children = map[string]*form{}
			}
			if at.children[name] == nil {
				at.children[name] = &form{}
			}
			at = at.children[name]
		}
		at.text = values.Get(key)
	}
	return root
}

// at returns what is below names, or an empty form.
func (f *form) at(names ...string) *form {
	for _, name := range names {
		if f.children[name] == nil {
			return &form{}
		}
		f = f.children[name]
	}
	return f
}

func (f *form) get(names ...string) string { return f.at(names...).text }

// list returns the entries name.1, name.2 and so on.
func (f *form) list(name string) []*form {
	var all []*form
	for n := 1; ; n++ {
		entry := f.at(name).children[strconv.Itoa(n)]
		if entry == nil {
			return all
		}
		all = append(all, entry)
	}
}

func (f *form) texts(name string) []string {
	var all []string
	for _, entry := range f.list(name) {
		all = append(all, entry.text)
	}
	return all
}

// ServeHTTP tells the services apart: those that speak JSON have a header with the action, EKS has paths, and EC2 and
// IAM get forms.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.lock.Lock()
	defer f.lock.Unlock()
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		f.serveJSON(w, r, target[strings.LastIndex(target, ".")+1:])
		return
	}
	if path, ok := strings.CutPrefix(r.URL.Path, "/clusters/"); ok {
		f.calls["DescribeCluster"]++
		writeJSON(w, http.StatusOK, describeCluster(path))
		return
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	f.serveForm(w, r.Form.Get("Action"), newForm(r.Form))
}

func (f *Fake) serveJSON(w http.ResponseWriter, r *http.Request, action string) {
	in := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	do := jsonActions[action]
	if do == nil {
		do = func(*Fake, map[string]any) (fields, error) { return nil, f.doesNotKnow(action) }
	}
	f.calls[action]++
	answer, err := do(f, in)
	if failed := new(fault); errors.As(err, &failed) {
		writeJSON(w, failed.status, fields{"__type": failed.code, "message": failed.message})
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// serveForm answers EC2 and IAM, whose XML differs in the names of list entries and of the elements around an answer.
func (f *Fake) serveForm(w http.ResponseWriter, action string, in *form) {
	ec2, iam := ec2Actions[action], iamActions[action]
	if in.get("DryRun") == "true" && ec2 != nil {
		writeXML(w, http.StatusPreconditionFailed, "Response", "item", ec2Errors("DryRunOperation", "It would have succeeded."))
		return
	}
	if iam != nil {
		f.calls[action]++
		answer, err := iam(f, in)
		if failed := new(fault); errors.As(err, &failed) {
			writeXML(w, failed.status, "ErrorResponse", "member", fields{"Error": fields{"Code": failed.code, "Message": failed.message}})
			return
		}
		writeXML(w, http.StatusOK, action+"Response", "member", fields{action + "Result": answer})
		return
	}
	if ec2 == nil {
		ec2 = func(*Fake, *form) (fields, error) { return nil, f.doesNotKnow(action) }
	}
	f.calls[action]++
	answer, err := ec2(f, in)
	if failed := new(fault); errors.As(err, &failed) {
		writeXML(w, failed.status, "Response", "item", ec2Errors(failed.code, failed.message))
		return
	}
	writeXML(w, http.StatusOK, action+"Response", "item", answer)
}

// doesNotKnow notes something that the fake was asked and does not know, and returns the error.
func (f *Fake) doesNotKnow(what string) error {
	f.unknown = append(f.unknown, what)
	return invalid("InvalidAction", "awsfake does not know %s", what)
}

func ec2Errors(code, message string) fields {
	return fields{"Errors": []fields{{"Code": code, "Message": message}}}
}

func writeJSON(w http.ResponseWriter, status int, answer fields) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// writeXML writes an answer whose list entries have the name entry.
func writeXML(w http.ResponseWriter, status int, root, entry string, answer fields) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	encoder := xml.NewEncoder(w)
	if encodeXML(encoder, root, entry, answer) == nil {
		_ = encoder.Flush()
	}
}

func encodeXML(to *xml.Encoder, name, entry string, value any) error {
	start := xml.StartElement{Name: xml.Name{Local: name}}
	failed := []error{to.EncodeToken(start)}
	switch value := value.(type) {
	case fields:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			failed = append(failed, encodeXML(to, key, entry, value[key]))
		}
	case []fields:
		if name == "Errors" {
			entry = "Error"
		}
		for _, each := range value {
			failed = append(failed, encodeXML(to, entry, entry, each))
		}
	case []string:
		for _, each := range value {
			failed = append(failed, encodeXML(to, entry, entry, each))
		}
	default:
		failed = append(failed, to.EncodeToken(xml.CharData(fmt.Sprint(value))))
	}
	return errors.Join(append(failed, to.EncodeToken(start.End()))...)
}
