package batch_test

import (
	"net/http"
	"testing"

	"github.com/rootspush/roots/internal/batch"
)

func TestIsMalformed(t *testing.T) {
	for status, want := range map[int]bool{
		http.StatusBadRequest: true, http.StatusLengthRequired: true, http.StatusRequestEntityTooLarge: true,
		http.StatusUnauthorized: false, http.StatusForbidden: false, http.StatusNotFound: false, http.StatusMethodNotAllowed: false,
		http.StatusConflict: false, http.StatusMisdirectedRequest: false, http.StatusServiceUnavailable: false,
	} {
		if got := batch.IsMalformed(status); got != want {
			t.Errorf("IsMalformed(%d) = %v", status, got)
		}
	}
}
