/* Loads that acquire and stores that release: what one thread wrote before such a store, another one sees after such a
 * load of what was stored. For memory that is read without a lock. Included by .pyx files, never by a .pxd. */
#ifndef LEXARRAY_ATOMIC_H
#define LEXARRAY_ATOMIC_H
#include <stdint.h>

#if defined(_MSC_VER)
/* Volatile accesses acquire and release on x86, and on ARM with /volatile:ms. */
#define lexarray_load64(p) (*(volatile const uint64_t*)(p))
#define lexarray_store64(p, v) (*(volatile uint64_t*)(p) = (v))
#define lexarray_load32(p) (*(volatile const uint32_t*)(p))
#define lexarray_store32(p, v) (*(volatile uint32_t*)(p) = (v))
#define lexarray_load_pointer(p) (*(void* volatile const*)(p))
#define lexarray_store_pointer(p, v) (*(void* volatile*)(p) = (v))
#else
#define lexarray_load64(p) __atomic_load_n((const uint64_t*)(p), __ATOMIC_ACQUIRE)
#define lexarray_store64(p, v) __atomic_store_n((uint64_t*)(p), (v), __ATOMIC_RELEASE)
#define lexarray_load32(p) __atomic_load_n((const uint32_t*)(p), __ATOMIC_ACQUIRE)
#define lexarray_store32(p, v) __atomic_store_n((uint32_t*)(p), (v), __ATOMIC_RELEASE)
#define lexarray_load_pointer(p) __atomic_load_n((void* const*)(p), __ATOMIC_ACQUIRE)
#define lexarray_store_pointer(p, v) __atomic_store_n((void**)(p), (void*)(v), __ATOMIC_RELEASE)
#endif
#endif
