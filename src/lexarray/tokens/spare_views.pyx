"""Views that are used again: a free list, which Cython has for classes without a base class only."""
from cpython.ref cimport Py_DECREF

cdef extern from "Python.h":
    void PyObject_GC_Track(PyObject*)
    void PyObject_GC_UnTrack(PyObject*)
    void _Py_NewReference(PyObject*)

# As `inquiry`, but for what has no reference and must not be given one.
ctypedef int (*clear_t)(PyObject*) noexcept


cdef void keep_spare_views(SpareViews* spare, type view, destructor let_go) noexcept:
    spare.type = <PyTypeObject*>view
    spare.destroy = spare.type.tp_dealloc
    spare.type.tp_dealloc = let_go


cdef void put_by(SpareViews* spare, PyObject* view) noexcept:
    if spare.n == N_SPARE_VIEWS or view.ob_type != spare.type:
        spare.destroy(view)
        return
    PyObject_GC_UnTrack(view)
    # Let go of the document, which may be its end, and that may run anything.
    (<clear_t>spare.type.tp_clear)(view)
    if spare.n == N_SPARE_VIEWS:
        spare.destroy(view)
    else:
        spare.views[spare.n] = view
        spare.n += 1


cdef object take_view(SpareViews* spare):
    spare.n -= 1
    cdef PyObject* view = spare.views[spare.n]
    _Py_NewReference(view)
    PyObject_GC_Track(view)
    taken = <object>view
    Py_DECREF(taken)                    # that with which it is born; `taken` is a second one
    return taken
