"""The n-th open, write, sync, rename, remove fails, for every n of a small job: an error of ours, and the old state."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

static long left = -1;      /* calls until the fault; -1: never */
static long seen = 0;
static int fault = EIO;
void arm(long n, int error) { left = n; fault = error; seen = 0; }
long calls(void) { left = -1; return seen; }
static int fails(void) {
    seen++;
    if (left > 0 && --left == 0) { errno = fault; return 1; }
    return 0;
}
#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define OPEN(name, args, pass) \
    int name args { mode_t mode = 0; if (flags & O_CREAT) { va_list v; va_start(v, flags); mode = va_arg(v, int); \
        va_end(v); } REAL(name); return fails() ? -1 : real pass; }
OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
ssize_t write(int fd, const void *data, size_t n) {
    REAL(write); return fails() ? -1 : real(fd, data, n); }
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    REAL(pwrite); return fails() ? -1 : real(fd, data, n, at); }
ssize_t pwrite64(int fd, const void *data, size_t n, off_t at) {
    REAL(pwrite64); return fails() ? -1 : real(fd, data, n, at); }
/* No power cut happens here, so syncing would only take time. */
int fsync(int fd) { return fails() ? -1 : 0; }
int fdatasync(int fd) { return fails() ? -1 : 0; }
int ftruncate(int fd, off_t n) { REAL(ftruncate); return fails() ? -1 : real(fd, n); }
int ftruncate64(int fd, off_t n) { REAL(ftruncate64); return fails() ? -1 : real(fd, n); }
int rename(const char *a, const char *b) { REAL(rename); return fails() ? -1 : real(a, b); }
int unlink(const char *path) { REAL(unlink); return fails() ? -1 : real(path); }
"""

JOB = """
    import ctypes, errno, sys
    from pathlib import Path
    from uncounted.errors import StoreError
    from uncounted.store.store import Store
    shim = ctypes.CDLL(None)
    folder, kind, step = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    phrase = "one two three" if kind == "encrypted" else None
    path = folder / "s"
    old, new = {"x": b"old" * 2_000}, {"x": b"new" * 3_000}

    def create(): return Store.create(path, kind=kind, passphrase=phrase, _memory_exponent=6)
    def reopen(): return Store.open(path, passphrase=phrase)

    def clean():
        for name in ("s", "s.new", "s.lock", "s-journal", "s.new-journal"):
            (folder / name).unlink(missing_ok=True)

    def job(state):
        # What has returned is acknowledged.
        with create() as store:
            state.append("made")
            store.put_stage("a", "f", old)
            state.append("old")
            store.put_stage("a", "f", new)
            state.append("new")

    clean(); shim.arm(ctypes.c_long(-1), 0); job([]); n_calls = shim.calls()
    assert n_calls > 30, n_calls
    failed = 0
    for n in range(1, n_calls + 1, step):
        for error in (errno.EIO, errno.ENOSPC):
            clean()
            state = []
            shim.arm(ctypes.c_long(n), error)
            try:
                job(state)
            except StoreError as fault:
                failed += 1
                assert fault.code in {"T06", "T09"}, (n, fault)
            finally:
                shim.calls()
            if not path.exists():
                assert state == [], (n, state)
                create().close()
                continue
            with reopen() as store:
                store.verify()
                held = store.get_stage("a", "f")
            allowed = {"": [None], "made": [None, old], "old": [old, new], "new": [new]}[state[-1] if state else ""]
            assert held in allowed, (n, error, state)
            with reopen() as store:
                store.put_stage("a", "f", new)
                assert store.get_stage("a", "f") == new
    print(len(range(1, n_calls + 1, step)), failed)
"""


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("cc") is None, reason="needs Linux and a C compiler")
@pytest.mark.parametrize("kind", ["encrypted", "plain"])
@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_every_call_of_the_system_may_fail(tmp_path, kind, step):
    (tmp_path / "shim.c").write_text(SHIM)
    library = tmp_path / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, tmp_path / "shim.c", "-ldl"], check=True)
    work = tmp_path / "work"
    work.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(JOB), str(work), kind, str(step)],
        env={**os.environ, "LD_PRELOAD": str(library)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    n_tried, failed = map(int, done.stdout.split())
    assert failed > n_tried  # of two kinds of fault at each call, most end in an error
