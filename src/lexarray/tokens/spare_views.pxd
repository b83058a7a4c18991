# Views that nobody refers to any more, kept to be used again: a loop over a document makes and drops a view for every
# token, and so asks neither the allocator nor the garbage collector. Owned here: nothing; a SpareViews is a class's.
# All of it needs the GIL.
from cpython.object cimport PyObject, PyTypeObject, destructor

cdef enum:
    N_SPARE_VIEWS = 64


cdef struct SpareViews:
    PyObject* views[N_SPARE_VIEWS]      # unknown to the garbage collector, and they refer to nothing but None
    int n
    PyTypeObject* type                  # of all of them: a subclass may be of another size
    destructor destroy                  # what Cython made to free one


# From now on `let_go`, which has to call put_by(), is what happens to an object of the class that nobody refers to.
cdef void keep_spare_views(SpareViews* spare, type view, destructor let_go) noexcept
cdef void put_by(SpareViews* spare, PyObject* view) noexcept
# One of them, with all its numbers as they were; spare.n > 0.
cdef object take_view(SpareViews* spare)
