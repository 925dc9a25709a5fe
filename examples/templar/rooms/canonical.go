package rooms

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Canonical returns a JSON value in a form that is the same for equal values: without
// blanks, with sorted keys, and each number in one form. raw must be valid JSON.
func Canonical(raw []byte) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // a float64 would make different numbers the same
	var value any
	_ = d.Decode(&value) // raw is valid
	text, _ := json.Marshal(normal(value))
	return string(text)
}

// normal brings the numbers of a value into one form.
func normal(value any) any {
	switch value := value.(type) {
	case json.Number:
		return json.Number(number(string(value)))
	case []any:
		for i := range value {
			value[i] = normal(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = normal(value[key])
		}
	}
	return value
}

// maxZeros is how many zeros a number ends with, rather than to have an exponent.
const maxZeros = 20

// number writes a JSON number as an integer without needless zeros, with an exponent
// if there must be one. An exponent that is beyond all reason is left as it is.
func number(text string) string {
	digits, power, _ := strings.Cut(strings.ToLower(text), "e")
	var exponent int64
	if power != "" {
		var err error
		if exponent, err = strconv.ParseInt(power, 10, 32); err != nil {
			return text
		}
	}
	digits, negative := strings.CutPrefix(digits, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	digits = strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	exponent += int64(len(digits) - len(short) - len(fraction))
	switch {
	case short == "":
		return "0"
	case 0 <= exponent && exponent <= maxZeros:
		short += strings.Repeat("0", int(exponent))
	default:
		short += "e" + strconv.FormatInt(exponent, 10)
	}
	if negative {
		return "-" + short
	}
	return short
}
