/* Faults of a process at its syncs to disk: preloaded into the real binary.
 *
 * FAULT_KILL_BEFORE=N   kills the process before the Nth sync
 * FAULT_KILL_AFTER=N    kills it after the Nth sync
 * FAULT_EIO=N           the Nth sync, or the next one of a file, fails with EIO, once: SQLite ignores
 *                       errors of directories
 * FAULT_COUNT=FILE      holds the number of syncs so far
 * FAULT_SYNCED=DIR      holds each file as it was at its last sync
 * FAULT_FULL=N          from the Nth write to a database on, the disk is full
 * FAULT_QUOTA=1         the error of that disk is that of a quota
 * FAULT_JUMP=SECONDS    moves the wall clock after the FAULT_JUMP_AFTERth sync
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

typedef int (*sync_function)(int);

static long syncs;

static long wanted(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

static void count(long now) {
    const char *path = getenv("FAULT_COUNT");
    if (!path) return;
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return;
    char text[24];
    int length = snprintf(text, sizeof text, "%ld", now);
    if (write(file, text, (size_t)length) != length) abort();
    close(file);
}

static void keep(int synced) {
    const char *into = getenv("FAULT_SYNCED");
    struct stat of;
    if (!into || fstat(synced, &of) || !S_ISREG(of.st_mode)) return;
    char link[64], path[4096], kept[8192];
    snprintf(link, sizeof link, "/proc/self/fd/%d", synced);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    snprintf(kept, sizeof kept, "%s/%s", into, name ? name + 1 : path);
    int from = open(link, O_RDONLY | O_CLOEXEC);
    int to = open(kept, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0) abort();
    char bytes[65536];
    ssize_t part;
    while ((part = read(from, bytes, sizeof bytes)) > 0) {
        if (write(to, bytes, (size_t)part) != part) abort();
    }
    close(from);
    close(to);
}

static int fails(int file, long now) {
    static int has_failed;
    struct stat of;
    long from = wanted("FAULT_EIO");
    if (!from || now < from || fstat(file, &of) || !S_ISREG(of.st_mode)) return 0;
    return __sync_bool_compare_and_swap(&has_failed, 0, 1);
}

static int with_faults(const char *name, int file) {
    sync_function real = (sync_function)dlsym(RTLD_NEXT, name);
    long now = __sync_add_and_fetch(&syncs, 1);
    count(now);
    if (now == wanted("FAULT_KILL_BEFORE")) kill(getpid(), SIGKILL);
    if (fails(file, now)) {
        errno = EIO;
        return -1;
    }
    int result = real(file);
    if (!result) keep(file);
    if (now == wanted("FAULT_KILL_AFTER")) kill(getpid(), SIGKILL);
    return result;
}

int fsync(int file) { return with_faults("fsync", file); }
int fdatasync(int file) { return with_faults("fdatasync", file); }

static int is_full(int file) {
    static long writes;
    char link[64], path[4096];
    if (!wanted("FAULT_FULL")) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, "/synod.db")) return 0;
    return __sync_add_and_fetch(&writes, 1) >= wanted("FAULT_FULL");
}

ssize_t write(int file, const void *bytes, size_t length) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    if (is_full(file)) {
        errno = wanted("FAULT_QUOTA") ? EDQUOT : ENOSPC;
        return -1;
    }
    return real(file, bytes, length);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is_full(file)) {
        errno = wanted("FAULT_QUOTA") ? EDQUOT : ENOSPC;
        return -1;
    }
    return real(file, bytes, length, at);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (!result && clock == CLOCK_REALTIME && syncs > wanted("FAULT_JUMP_AFTER")) {
        now->tv_sec += wanted("FAULT_JUMP");
    }
    return result;
}
