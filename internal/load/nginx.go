//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// What Debian's libnginx-mod-nchan installs.
const nchanModule = "/usr/lib/nginx/modules/ngx_nchan_module.so"

// nginxConfig has buffers as nginx comes with them. What is set is what it would
// otherwise refuse: many connections, and many requests on each.
const nginxConfig = `load_module %[1]s;
worker_processes 2;
worker_rlimit_nofile %[2]d;
%[3]s
error_log stderr error;
pid %[4]s/nginx.pid;
events { worker_connections %[2]d; }
http {
	access_log off;
	client_body_temp_path %[4]s/body;
	proxy_temp_path %[4]s/proxy;
	fastcgi_temp_path %[4]s/fastcgi;
	uwsgi_temp_path %[4]s/uwsgi;
	scgi_temp_path %[4]s/scgi;
	keepalive_requests 1000000000;
	keepalive_timeout 1h;
	server {
		listen %[5]v backlog=4096;
		location = /pub { nchan_publisher; nchan_channel_id $arg_id; }
		location = /sub { nchan_subscriber; nchan_channel_id $arg_id; }
	}
}
`

func startNchan(ctx context.Context, dir string) (*server, error) {
	program, err := exec.LookPath("nginx")
	if err == nil {
		_, err = os.Stat(nchanModule)
	}
	if err != nil {
		return nil, errors.New("not installed: apt-get install nginx libnginx-mod-nchan")
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "nginx.conf")
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // its workers could not use dir otherwise
	}
	text := fmt.Sprintf(nginxConfig, nchanModule, descriptors(), user, dir, address)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	s, err := startProcess(ctx, program, "-e", "stderr", "-c", config, "-g", "daemon off;")
	if err != nil {
		return nil, err
	}
	s.clients, s.backends = address, address
	return s, s.listens()
}

// descriptors raises their number as far as it goes, and returns that.
func descriptors() int {
	var limit syscall.Rlimit
	_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) // these fail only for bad arguments
	limit.Cur = limit.Max
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // the servers get it too
	return int(limit.Cur)
}
