"""What the boxed context, or the interpreter under it, does otherwise: by test, with the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NamedTuple


class Why(NamedTuple):
    """A reason, and whether the test is run all the same."""

    text: str
    runs: bool = True


def _because(text: str, names: str, *, runs: bool = True) -> Iterable[tuple[str, Why]]:
    return [(name, Why(text, runs)) for name in names.split()]


#: A test without its parameters, with them, or all of a file.
ALWAYS: dict[str, Why] = {
    **dict(_because("an extension with Python.h is for CPython", """
        test_legacy.py
        test_argparse.py::test_units_take_what_the_c_api_takes
        test_argparse.py::test_unsigned_longs_have_an_index
        test_argparse.py::test_calls_end_as_in_the_c_api
        test_argparse.py::test_names_that_differ_for_the_caller_alone
        test_subclass.py::test_a_legacy_type
        test_instance.py::test_heads_are_written_as_a_whole
        test_structseq.py::test_through_the_function_table""", runs=False)),
    **dict(_because("debug and trace mode, and the C API's twin, are for CPython", """
        test_vectorcall.py test_descriptor.py test_cpp.py""", runs=False)),
    **dict(_because("all modes have one context, and so one name", """
        test_trace.py::test_context_has_its_name""")),
    **dict(_because("a struct sequence is a namedtuple", """
        test_structseq.py::test_a_field_may_have_any_name
        test_structseq.py::test_construction_in_python
        test_structseq.py::test_copies
        test_structseq.py::test_it_is_what_the_interpreter_itself_uses
        test_structseq.py::test_no_fields_and_no_doc
        test_structseq.py::test_repr
        test_structseq.py::test_type
        test_structseq.py::test_unnamed_fields""")),
    **dict(_because("an instance is beside its struct, and Python's collector sees it", """
        test_offset.py
        test_shape.py::test_without_a_struct
        test_subclass.py
        test_type.py::test_bases_with_another_layout
        test_type.py::test_cycles_are_collected
        test_type.py::test_field_of_a_base_behind_a_python_class
        test_type.py::test_fields_are_released_without_the_collector
        test_type.py::test_visitor_without_a_struct
        test_metaclass.py::test_own_attributes_do_not_depend_on_the_metaclass""")),
    **dict(_because("Python makes the class, and says its name without the module", """
        test_type.py::test_types_without_constructor""")),
    **dict(_because("what a global holds is kept until the process ends, and so is the module", """
        test_type.py::test_a_type_dies
        test_type.py::test_types_keep_nothing
        test_field.py::test_global
        test_field.py::test_globals_serve_instances_that_outlive_the_module
        test_field.py::test_nothing_is_kept
        test_gil.py::test_threads[global]""")),
    **dict(_because("a class has a buffer from Python 3.12 on (PEP 688)", """
        test_slot.py::test_buffer
        test_slot.py::test_buffer_of_a_python_subclass
        test_slot.py::test_buffer_that_refuses
        test_slot.py::test_nothing_is_kept
        test_gc.py::test_death_while_an_exception_is_set
        test_gc.py::test_exceptions_nobody_can_catch
        test_gc.py::test_nothing_is_kept""")),
    **dict(_because("C has not been entered when a special method is looked up", """
        test_contract.py::test_no_hook_is_run""")),
    **dict(_because("CPython makes capsules that only its own C can read", """
        test_capsule.py::test_a_capsule_of_another_module""")),
    **dict(_because("a NaN is a new object each time, which `in` and `hash` tell by identity", """
        test_object.py::test_hash_and_truth
        test_item.py::test_contains""")),
    **dict(_because("the wording is this interpreter's", """
        test_fast_paths.py::test_conversions
        test_module.py::test_bad_definitions""")),
    **dict(_because("calls by pointers to functions make new objects of numbers", """
        test_deferred.py::test_programs""", runs=False)),
    **dict(_because("debug and trace mode are for CPython", """
        test_gil.py::test_modes_need_it""")),
    **dict(_because("all handles that C makes of one are one reference", """
        test_handle.py::test_each_handle_is_a_reference""")),
    **dict(_because("the context has a name of its own", """
        test_handle.py::test_context""")),
}  # fmt: skip

ON_PYPY: dict[str, Why] = {
    **dict(_because("PyPy 7.3 says otherwise that an object has no length", """
        test_helpers.py::test_pack_without_a_place
        test_item.py::test_length""")),
    **dict(_because("PyPy counts no references, and collects when it likes", """
        test_buildvalue.py::test_one_unit_is_the_value_and_brackets_make_a_container
        test_capsule.py::test_destructor
        test_deferred.py
        test_field.py
        test_functions.py::test_field_that_a_function_returns
        test_gc.py
        test_handle.py::test_each_handle_is_a_reference
        test_handle.py::test_nothing_is_kept
        test_item.py::test_replaced_item_may_look_at_the_list
        test_shape.py::test_cycles_through_the_struct_are_collected
        test_list.py::test_setting_again_replaces
        test_tuple.py::test_setting_again_replaces
        test_contract.py
        test_type.py
        test_tracker.py
        test_csvparse.py::test_memory_of_the_c_library_is_given_back
        test_wordcount.py::test_memory_of_the_c_library_is_given_back""")),
    **dict(_because("PyPy's messages are its own", """
        test_call.py::test_wrong_containers
        test_item.py::test_objects_without_items
        test_iter.py::test_get_iter_of_what_is_not_iterable
        test_shape.py::test_new_cannot_make_types
        test_number.py
        test_metaclass.py""")),
    **dict(_because("sys.getsizeof, or how PyPy's list() reads a subclass of list", """
        test_fast_paths.py""", runs=False)),
    **dict(_because("the test starts an interpreter that has no plugin", """
        test_err.py::test_fatal_error
        test_levenshtein.py::test_out_of_memory""")),
    **dict(_because("a mapping's copy is another one in PyPy", """
        test_dict.py::test_keys_and_copy""")),
    **dict(_because("PyPy's standard library is not all UTF-8", """
        test_quickstart.py::test_total_of_real_numbers
        test_wordcount.py::test_everything_at_once
        test_wordcount.py::test_real_texts""")),
    **dict(_because("recursion is deeper than PyPy allows", """
        test_gil.py test_thread.py""", runs=False)),
}  # fmt: skip


def reason(name: str) -> Why | None:
    """Why the test ``file::test[parameters]`` may fail; None if it has to pass."""
    known = {**ALWAYS, **(ON_PYPY if sys.implementation.name == "pypy" else {})}
    file, _, test = name.partition("::")
    for key in (name, f"{file}::{test.partition('[')[0]}", file):
        if key in known:
            return known[key]
    return None
