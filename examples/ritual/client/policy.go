package client

import (
	"net/url"
	"slices"
	"strings"
)

// LoginPolicy is the Content-Security-Policy of the login page, which shows a
// photo from anywhere before its address is posted.
const LoginPolicy = `default-src 'self'; img-src 'self' data: blob: https: http:; media-src 'self' blob:; ` + nowhere

// nowhere is what no page may do.
const nowhere = `object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

// Policy is the Content-Security-Policy of all other pages: this server alone,
// and pictures and media from the origins of the addresses that a script names.
// Addresses that are not absolute ones of HTTP are left out.
func Policy(addresses ...string) string {
	var origins []string
	for _, address := range addresses {
		if origin := originOf(address); origin != "" && !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	media := strings.Join(append([]string{"'self'", "blob:"}, origins...), " ")
	return `default-src 'self'; img-src data: ` + media + `; media-src ` + media + `; ` + nowhere
}

// originOf gives the origin of an address as a policy may name it, or "". A host
// with other characters could end the directive and begin another.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]", r)
	}) {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
