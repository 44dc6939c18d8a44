#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""serve.py NGINX - files served by four workers, compared byte by byte.

A configuration in a fresh directory: static files, with and without sendfile and threads, ranges,
compression, directory lists, substitution, errors, a proxy to itself, a split of TCP streams.
Sixteen clients ask at once, each on connections that are kept. Then the configuration is loaded
again while clients ask. At last the server is told to quit, and it must end with status 0. Prints
"ok: WHAT" for each; exits with 1 at the first difference.
"""

import concurrent.futures
import gzip
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIMIT = 300


def free_ports(n):
    taken = [socket.socket() for _ in range(n)]
    for s in taken:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in taken]
    for s in taken:
        s.close()
    return ports


def ask(port, path, headers=None, method="GET", body=None, connection=None):
    c = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
    c.request(method, path, body=body, headers=headers or {})
    r = c.getresponse()
    data = r.read()
    if connection is None:
        c.close()
    return r.status, data, r


def same(what, got, wanted):
    if got != wanted:
        print("not ok: %s: got %.200r, wanted %.200r" % (what, got, wanted))
        sys.exit(1)


def main():
    nginx = os.path.abspath(sys.argv[1])
    top = tempfile.mkdtemp(prefix="nginx-")
    os.chmod(top, 0o755)
    os.makedirs(top + "/logs")
    os.makedirs(top + "/www/sub")
    rng = random.Random(5)
    files = {}
    for i, size in enumerate([0, 1, 100, 4095, 4096, 4097, 65536, 100000, 1000003, 3000000]):
        files["/f%d.bin" % i] = rng.randbytes(size)
    files["/text.txt"] = b"".join(b"line %d of the text that is replaced\n" % i for i in range(5000))
    files["/sub/index.html"] = b"<html>index</html>\n"
    for name, data in files.items():
        with open(top + "/www" + name, "wb") as f:
            f.write(data)
    web, proxy, stream = free_ports(3)
    conf = """
worker_processes 4;
daemon off;
%s
pid logs/pid;
error_log logs/error.log info;
events { worker_connections 256; }
http {
	access_log logs/access.log;
	types { text/plain txt; text/html html; }
	default_type application/octet-stream;
	client_max_body_size 8m;
	gzip_min_length 100; gzip_types text/plain;
	limit_rate 0;
	server {
		listen 127.0.0.1:%d;
		root www;
		location / { sendfile on; gzip on; }
		location /copied/ { alias www/; sendfile off; aio threads; }
		location /list/ { alias www/; autoindex on; }
		location /changed/ { alias www/; gzip off; sub_filter_types text/plain; sub_filter_once off; sub_filter replaced changed; }
		location /moved { return 301 /text.txt; }
		location /secret { deny all; }
		location ~ ^/(?<what>[a-z]+)-(\\d+)$ { default_type text/plain; return 200 "$what $2 $request_method\\n"; }
		location /status { stub_status; }
	}
	upstream back { server 127.0.0.1:%d; keepalive 4; }
	server {
		listen 127.0.0.1:%d;
		location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 4 8k; }
	}
}
stream { server { listen 127.0.0.1:%d; proxy_pass 127.0.0.1:%d; } }
""" % ("user root;" if os.getuid() == 0 else "", web, web, proxy, stream, web)
    with open(top + "/nginx.conf", "w") as f:
        f.write(conf)
    command = [nginx, "-p", top, "-c", top + "/nginx.conf"]
    test = subprocess.run(command + ["-t"], stderr=subprocess.PIPE, text=True)
    same("the configuration", (test.returncode, test.stderr if test.returncode else ""), (0, ""))
    print("ok: nginx -t")
    server = subprocess.Popen(command)
    try:
        until = time.monotonic() + LIMIT
        while True:
            try:
                socket.create_connection(("127.0.0.1", stream), 5).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > until:
                    sys.exit("nginx did not start: status %s" % server.poll())
                time.sleep(0.05)
        run(top, files, web, proxy, stream, server)
    except BaseException:
        server.terminate()
        server.wait()
        with open(top + "/logs/error.log") as f:
            print("".join(f.readlines()[-20:]))
        raise
    with open(top + "/logs/error.log") as f:
        bad = [line for line in f if "[alert]" in line or "[emerg]" in line]
    same("alerts in the log", bad, [])
    print("ok: no alerts")


def run(top, files, web, proxy, stream, server):
    for prefix, port in [("", web), ("/copied", web), ("", proxy), ("", stream)]:
        for name, data in files.items():
            same(prefix + name, ask(port, prefix + name)[:2], (200, data))
        print("ok: files by %s" % (prefix or {web: "sendfile", proxy: "proxy", stream: "stream"}[port]))
    big = files["/f9.bin"]
    for first, last in [(0, 0), (5, 99), (65535, 65537), (2999999, 2999999)]:
        status, data, _ = ask(web, "/f9.bin", {"Range": "bytes=%d-%d" % (first, last)})
        same("range %d-%d" % (first, last), (status, data), (206, big[first : last + 1]))
    status, data, r = ask(web, "/f9.bin", {"Range": "bytes=0-9,100-109"})
    same("two ranges", (status, big[0:10] in data, big[100:110] in data), (206, True, True))
    print("ok: ranges")
    status, data, r = ask(web, "/text.txt", {"Accept-Encoding": "gzip"})
    same("compressed", (status, r.getheader("Content-Encoding"), gzip.decompress(data)), (200, "gzip", files["/text.txt"]))
    print("ok: compression")
    same("substituted", ask(web, "/changed/text.txt")[:2], (200, files["/text.txt"].replace(b"replaced", b"changed")))
    print("ok: substitution")
    status, data, _ = ask(web, "/list/")
    same("list", (status, [n for n in files if n.count("/") == 1 and n[1:].encode() not in data]), (200, []))
    print("ok: list")
    for path, wanted in [("/none", 404), ("/secret", 403), ("/moved", 301), ("/sub", 301), ("/sub/", 200), ("/status", 200)]:
        same(path, ask(web, path)[0], wanted)
    same("captures", ask(web, "/word-17")[:2], (200, b"word 17 GET\n"))
    same("method", ask(web, "/f1.bin", method="POST", body=b"x")[0], 405)
    same("head", ask(web, "/f9.bin", method="HEAD")[1], b"")
    tag = ask(web, "/text.txt")[2].getheader("ETag")
    same("not modified", ask(web, "/text.txt", {"If-None-Match": tag})[0], 304)
    same("a body through the proxy", ask(proxy, "/word-3", method="POST", body=b"y" * 3000000)[:2], (200, b"word 3 POST\n"))
    print("ok: answers")

    def client(seed, keep):
        rng = random.Random(seed)
        port = rng.choice([web, web, proxy, stream])
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT) if keep else None
        for _ in range(40):
            name = rng.choice(list(files))
            prefix = rng.choice(["", "/copied"])
            same("client %d: %s" % (seed, prefix + name), ask(port, prefix + name, connection=c)[:2], (200, files[name]))
        if keep:
            c.close()

    def together(first, keep):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for f in [pool.submit(client, seed, keep) for seed in range(first, first + 16)]:
                f.result()

    together(0, True)
    print("ok: sixteen clients")
    server.send_signal(signal.SIGHUP)
    for i in range(20):
        same("while loading again", ask(web, "/f7.bin")[:2], (200, files["/f7.bin"]))
    together(100, False)  # workers that end close what is kept
    print("ok: loaded again")
    server.send_signal(signal.SIGQUIT)
    same("status at the end", server.wait(LIMIT), 0)
    print("ok: quit")


main()
