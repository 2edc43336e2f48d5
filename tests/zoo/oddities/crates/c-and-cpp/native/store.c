#include <stdlib.h>
#include <string.h>

/* C's own allocator: not Rust's, so the harness does not see it. */
void *store_new(size_t size) {
    void *store = malloc(size);
    return store ? memset(store, 1, size) : NULL;
}

void store_free(void *store) { free(store); }

/* From Rust through C to Rust again. */
void *store_by(void *(*allocate)(size_t), size_t size) {
    void *store = allocate(size);
    return store ? memset(store, 1, size) : NULL;
}
