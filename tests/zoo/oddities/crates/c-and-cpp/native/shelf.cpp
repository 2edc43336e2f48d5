#include <cstddef>
#include <stdexcept>
#include <vector>

namespace {
struct Thrower {
    std::vector<char> held;
    explicit Thrower(std::size_t size) : held(size) { throw std::runtime_error("on purpose"); }
};
}  // namespace

/* `new` is C++'s, and an exception that stays in C++ passes no frame of Rust's. */
extern "C" int shelf_throws(std::size_t size) {
    try {
        Thrower thrower(size);
        return 0;
    } catch (const std::runtime_error &) {
        return 1;
    }
}

extern "C" void *shelf_by(void *(*allocate)(std::size_t), std::size_t size) {
    std::vector<void *> shelves{allocate(size)};
    return shelves.front();
}
