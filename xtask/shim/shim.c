/* What does a program see when its disk is full, broken or lying, or its clock jumps?
 *
 * Preloaded (LD_PRELOAD) into a server under test by `cargo xtask faults`; never part of the product. Stands between
 * the program and the C library for the few calls that reach the disk or the wall clock.
 *
 * SHIM_CONTROL  a file of struct control, mapped and shared: the harness changes it while the program runs.
 * SHIM_FOLDER   only files below this folder are touched.
 * SHIM_JOURNAL  where given, every change of such a file is written down in the order in which it happened, so that
 *               the harness can rebuild what a power loss at any moment would have left.
 *
 * C, because `open` takes a variable number of arguments, which stable Rust cannot define. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Eight numbers; xtask/src/faults/shim.rs knows their places. */
struct control {
    _Atomic int64_t write_errno;    /* data writes fail with this, once writes_left have passed */
    _Atomic int64_t writes_left;
    _Atomic int64_t sync_errno;     /* fsync fails with this, once syncs_left have passed */
    _Atomic int64_t syncs_left;
    _Atomic int64_t sync_lies;      /* fsync says yes and does nothing */
    _Atomic int64_t abort_at_sync;  /* the process dies before this many-th fsync from now; 0: never */
    _Atomic int64_t clock_shift_ns; /* added to the wall clock */
    _Atomic int64_t failed;         /* calls that were failed so far */
};

enum op { CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, UNLINK, RENAME, SYNC_FAILED };

struct head {
    uint32_t magic, op;
    uint64_t time_ns, offset;
    uint32_t path_length, data_length;
};

#define DESCRIPTORS 4096
#define MAGIC 0x4b444a31u

static struct control idle;
static struct control *control = &idle;
static const char *folder;
static int journal = -1;
static char *paths[DESCRIPTORS];
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name, type)                                              \
    static type real_;                                                \
    if (!real_) real_ = (type)dlsym(RTLD_NEXT, name);

typedef int (*clock_fn)(clockid_t, struct timespec *);
typedef int (*open_fn)(const char *, int, ...);
typedef int (*fd_fn)(int);
typedef ssize_t (*write_fn)(int, const void *, size_t);
typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);
typedef ssize_t (*pwritev_fn)(int, const struct iovec *, int, off_t);
typedef int (*truncate_fn)(int, off_t);
typedef int (*allocate_fn)(int, off_t, off_t);
typedef int (*path_fn)(const char *);
typedef int (*rename_fn)(const char *, const char *);

static int true_clock(clockid_t id, struct timespec *at) {
    REAL("clock_gettime", clock_fn)
    return real_(id, at);
}

static ssize_t true_write(int fd, const void *bytes, size_t length) {
    REAL("write", write_fn)
    return real_(fd, bytes, length);
}

static int true_open(const char *path, int flags, mode_t mode) {
    REAL("open64", open_fn)
    return real_(path, flags, mode);
}

__attribute__((constructor)) static void start(void) {
    const char *at = getenv("SHIM_CONTROL");
    const char *below = getenv("SHIM_FOLDER");
    if (!at || !below) return;
    folder = strdup(below); /* PostgreSQL writes its title over its environment. */
    int fd = true_open(at, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page == MAP_FAILED) return;
    control = page;
    const char *book = getenv("SHIM_JOURNAL");
    if (book) journal = true_open(book, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
}

static int is_ours(const char *path) {
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static const char *path_of(int fd) {
    return fd >= 0 && fd < DESCRIPTORS ? paths[fd] : NULL;
}

/* Shared memory of SQLite is made anew after a crash; it is no part of what a disk keeps. */
static int is_kept(const char *path) {
    size_t length = strlen(path);
    return length < 4 || strcmp(path + length - 4, "-shm") != 0;
}

static void note(enum op op, const char *path, uint64_t offset, const void *data, size_t length) {
    if (journal < 0 || !is_kept(path)) return;
    struct timespec now;
    true_clock(CLOCK_MONOTONIC, &now);
    struct head head = {MAGIC, op, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, offset,
                        (uint32_t)strlen(path), (uint32_t)length};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path_length}, {(void *)data, length}};
    if (writev(journal, parts, 3) != (ssize_t)(sizeof head + head.path_length + length)) abort();
}

/* The error that this write must fail with, or 0. */
static int write_fails(int fd) {
    int error = (int)atomic_load(&control->write_errno);
    if (!error || !path_of(fd) || atomic_fetch_sub(&control->writes_left, 1) > 0) return 0;
    atomic_fetch_add(&control->failed, 1);
    return error;
}

static ssize_t written(int fd, const void *bytes, size_t length, off_t at) {
    REAL("pwrite64", pwrite_fn)
    int error = write_fails(fd);
    /* A disk that fills up takes the first half. */
    if (error == ENOSPC && length >= 1024 && atomic_load(&control->failed) % 2) length /= 2, error = 0;
    if (error) return errno = error, -1;
    const char *path = path_of(fd);
    if (!path) return real_(fd, bytes, length, at);
    pthread_mutex_lock(&order);
    ssize_t done = real_(fd, bytes, length, at);
    if (done > 0) note(WRITE, path, (uint64_t)at, bytes, (size_t)done);
    pthread_mutex_unlock(&order);
    return done;
}

static int opened(int fd, const char *path, int flags, int was_there) {
    if (fd < 0 || fd >= DESCRIPTORS || !is_ours(path)) return fd;
    free(paths[fd]);
    paths[fd] = strdup(path);
    if (!was_there && (flags & O_CREAT)) note(CREATE, path, 0, NULL, 0);
    if (was_there && (flags & O_TRUNC)) note(TRUNCATE, path, 0, NULL, 0);
    return fd;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (!is_ours(path)) return true_open(path, flags, mode);
    pthread_mutex_lock(&order);
    int was_there = access(path, F_OK) == 0;
    int fd = opened(true_open(path, flags, mode), path, flags, was_there);
    pthread_mutex_unlock(&order);
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return open64(path, flags, mode);
}

int close(int fd) {
    REAL("close", fd_fn)
    if (path_of(fd)) {
        pthread_mutex_lock(&order);
        free(paths[fd]);
        paths[fd] = NULL;
        pthread_mutex_unlock(&order);
    }
    return real_(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (!path_of(fd)) return true_write(fd, bytes, length);
    off_t at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    if (at < 0) return true_write(fd, bytes, length);
    ssize_t done = written(fd, bytes, length, at);
    if (done > 0) lseek(fd, at + done, SEEK_SET);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) { return written(fd, bytes, length, at); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return written(fd, bytes, length, at); }

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
    REAL("pwritev64", pwritev_fn)
    if (!path_of(fd)) return real_(fd, parts, count, at);
    ssize_t all = 0;
    for (int part = 0; part < count; part++) {
        ssize_t done = written(fd, parts[part].iov_base, parts[part].iov_len, at + all);
        if (done < 0) return all ? all : done;
        all += done;
        if ((size_t)done < parts[part].iov_len) break;
    }
    return all;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }

int posix_fallocate64(int fd, off_t at, off_t length) {
    REAL("posix_fallocate64", allocate_fn)
    int error = write_fails(fd);
    return error ? error : real_(fd, at, length);
}
int posix_fallocate(int fd, off_t at, off_t length) { return posix_fallocate64(fd, at, length); }

int ftruncate64(int fd, off_t length) {
    REAL("ftruncate64", truncate_fn)
    const char *path = path_of(fd);
    if (!path) return real_(fd, length);
    pthread_mutex_lock(&order);
    int done = real_(fd, length);
    if (done == 0) note(TRUNCATE, path, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, fd_fn sync) {
    const char *path = path_of(fd);
    if (!path) return sync(fd);
    if (atomic_load(&control->abort_at_sync) > 0 && atomic_fetch_sub(&control->abort_at_sync, 1) == 1) {
        pthread_mutex_lock(&order); /* no record is left half written */
        abort();
    }
    int error = (int)atomic_load(&control->sync_errno);
    if (error && atomic_fetch_sub(&control->syncs_left, 1) <= 0) {
        pthread_mutex_lock(&order);
        note(SYNC_FAILED, path, 0, NULL, 0);
        pthread_mutex_unlock(&order);
        atomic_fetch_add(&control->failed, 1);
        return errno = error, -1;
    }
    if (atomic_load(&control->sync_lies)) return 0;
    pthread_mutex_lock(&order);
    int done = sync(fd);
    struct stat kind;
    int is_folder = fstat(fd, &kind) == 0 && S_ISDIR(kind.st_mode);
    if (done == 0) note(is_folder ? SYNC_FOLDER : SYNC, path, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int fsync(int fd) {
    REAL("fsync", fd_fn)
    return synced(fd, real_);
}

int fdatasync(int fd) {
    REAL("fdatasync", fd_fn)
    return synced(fd, real_);
}

int unlink(const char *path) {
    REAL("unlink", path_fn)
    if (!is_ours(path)) return real_(path);
    pthread_mutex_lock(&order);
    int done = real_(path);
    if (done == 0) note(UNLINK, path, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return done;
}

int rename(const char *from, const char *to) {
    REAL("rename", rename_fn)
    if (!is_ours(from)) return real_(from, to);
    pthread_mutex_lock(&order);
    int done = real_(from, to);
    if (done == 0) note(RENAME, from, 0, to, strlen(to));
    pthread_mutex_unlock(&order);
    return done;
}

int clock_gettime(clockid_t id, struct timespec *at) {
    int done = true_clock(id, at);
    int64_t shift = atomic_load(&control->clock_shift_ns);
    if (done == 0 && shift && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        int64_t ns = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec + shift;
        at->tv_sec = ns / 1000000000;
        at->tv_nsec = ns % 1000000000;
    }
    return done;
}
