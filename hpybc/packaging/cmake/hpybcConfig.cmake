# hpybc_add_module for CMake. docs/building.md says how it is used.
#
# Bitcode is made by hpybc, not by the compiler of the project: one that is in C alone needs no
# compiler, and says project(... LANGUAGES NONE).

# Before 3.21 not every generator knows lists of dependencies.
cmake_minimum_required(VERSION 3.21...3.31)

# The Python that the build is for, which scikit-build-core names, has to be the one that hpybc is
# installed in.
if(NOT Python_EXECUTABLE)
  find_package(Python QUIET COMPONENTS Interpreter)
endif()
execute_process(
  COMMAND "${Python_EXECUTABLE}" -m hpybc --cmake-dir
  WORKING_DIRECTORY "${CMAKE_CURRENT_LIST_DIR}"
  RESULT_VARIABLE _hpybc_status
  OUTPUT_VARIABLE _hpybc_output
  ERROR_QUIET)
if(NOT _hpybc_status EQUAL 0)
  set(hpybc_FOUND FALSE)
  set(hpybc_NOT_FOUND_MESSAGE
    "${Python_EXECUTABLE} has no hpybc; install hpybc[compiler] there, or set Python_EXECUTABLE")
  return()
endif()

# hpybc_add_module(<name> <source>...
#                  [INCLUDE_DIRS <folder>...] [DEFINITIONS <macro>...] [OPTIONS <option>...]
#                  [LIBRARIES <name>...] [LIBRARY_DIRS <folder>...] [DEPENDS <file>...]
#                  [DESTINATION <folder>] [DEBUG] [PREBUILD])
#
# Adds a target <name>, the full name of a module such as bag._bag, that makes and installs
# bag/_bag.bc and the stub bag/_bag.py.
function(hpybc_add_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg
    "DEBUG;PREBUILD"
    "DESTINATION"
    "INCLUDE_DIRS;DEFINITIONS;OPTIONS;LIBRARIES;LIBRARY_DIRS;DEPENDS")
  if(NOT name MATCHES "^[A-Za-z_][A-Za-z_0-9]*([.][A-Za-z_][A-Za-z_0-9]*)*$")
    message(FATAL_ERROR "hpybc_add_module: ${name} is no name of a module; bag._bag is one")
  elseif(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "hpybc_add_module(${name}): nothing after ${arg_KEYWORDS_MISSING_VALUES}")
  elseif(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hpybc_add_module(${name}): no sources")
  endif()

  string(REPLACE "." "/" path "${name}")
  cmake_path(GET path PARENT_PATH package)
  cmake_path(SET output NORMALIZE "${CMAKE_CURRENT_BINARY_DIR}/${path}")
  cmake_path(GET output PARENT_PATH folder)
  file(MAKE_DIRECTORY "${folder}")
  if(NOT DEFINED arg_DESTINATION)
    set(arg_DESTINATION "${package}")
  endif()
  if(arg_DESTINATION STREQUAL "")
    set(arg_DESTINATION .)
  endif()

  _hpybc_absolute(sources ${arg_UNPARSED_ARGUMENTS})
  _hpybc_absolute(include_dirs ${arg_INCLUDE_DIRS})
  _hpybc_absolute(library_dirs ${arg_LIBRARY_DIRS})
  _hpybc_absolute(depends ${arg_DEPENDS})
  list(TRANSFORM arg_DEFINITIONS REPLACE "^-D" "")

  # A target of CMake's, so that target_include_directories(<name> INTERFACE ...) and the like add
  # to it, and target_link_libraries(<name> INTERFACE ...) brings libraries, and what another target
  # asks for.
  add_library(${name} INTERFACE)
  target_include_directories(${name} INTERFACE ${include_dirs})
  target_compile_definitions(${name} INTERFACE ${arg_DEFINITIONS})
  target_compile_options(${name} INTERFACE ${arg_OPTIONS})
  target_link_directories(${name} INTERFACE ${library_dirs})
  target_link_libraries(${name} INTERFACE ${arg_LIBRARIES})
  # What it links is known at the end of the folder's CMakeLists.txt.
  cmake_language(EVAL CODE "cmake_language(DEFER CALL _hpybc_link [[${name}]])")

  set(arguments ${sources} --name ${name} --stub -MD -MF "${output}.d" -o "${output}.bc")
  _hpybc_property(arguments ${name} INTERFACE_COMPILE_OPTIONS "")
  _hpybc_property(arguments ${name} INTERFACE_INCLUDE_DIRECTORIES -I)
  _hpybc_property(arguments ${name} INTERFACE_COMPILE_DEFINITIONS -D)
  _hpybc_property(arguments ${name} INTERFACE_LINK_OPTIONS "")
  _hpybc_property(arguments ${name} INTERFACE_LINK_DIRECTORIES -L)
  list(APPEND arguments "$<TARGET_GENEX_EVAL:${name},$<TARGET_PROPERTY:${name},HPYBC_LIBRARIES>>")
  if(arg_DEBUG)
    list(APPEND arguments -g)
  else()
    list(APPEND arguments "$<$<CONFIG:Debug,RelWithDebInfo>:-g>")
  endif()

  set(made "${output}.bc" "${output}.py")
  set(commands COMMAND "${Python_EXECUTABLE}" -m hpybc compile ${arguments})
  if(arg_PREBUILD)
    _hpybc_image_suffix(suffix)
    list(APPEND made "${output}.bc${suffix}")
    list(APPEND commands COMMAND "${Python_EXECUTABLE}" -m hpybc prebuild "${output}.bc")
  endif()
  add_custom_command(
    OUTPUT ${made}
    ${commands}
    DEPENDS ${sources} ${depends}
      "$<TARGET_GENEX_EVAL:${name},$<TARGET_PROPERTY:${name},HPYBC_LIBRARY_FILES>>"
    DEPFILE "${output}.d"
    # -m searches the current folder first: one in which there are no modules.
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}/CMakeFiles"
    COMMENT "Compiling ${name} to bitcode"
    COMMAND_EXPAND_LISTS
    VERBATIM)
  # Not with the name of a file: Ninja knows no difference.
  add_custom_target(${name}.bitcode ALL DEPENDS ${made})
  add_dependencies(${name} ${name}.bitcode)
  install(FILES ${made} DESTINATION "${arg_DESTINATION}")
endfunction()

# Relative paths are those of the folder that has the CMakeLists.txt.
function(_hpybc_absolute variable)
  set(result)
  foreach(path IN LISTS ARGN)
    if(NOT path MATCHES "^\\$<")
      cmake_path(ABSOLUTE_PATH path BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE)
    endif()
    list(APPEND result "${path}")
  endforeach()
  set(${variable} "${result}" PARENT_SCOPE)
endfunction()

# Appends an option for each of what a property of a target holds when the build is generated.
function(_hpybc_property variable target property option)
  set(value "$<TARGET_PROPERTY:${target},${property}>")
  set(${variable} ${${variable}} "$<$<BOOL:${value}>:${option}$<JOIN:${value},$<SEMICOLON>${option}>>"
    PARENT_SCOPE)
endfunction()

# Finds out which libraries a module links: those that it names, and those of the targets among them.
# Its property HPYBC_LIBRARIES then has the arguments of a compiler, HPYBC_LIBRARY_FILES the files of
# targets.
function(_hpybc_link name)
  set(arguments)
  set(files)
  set(seen ${name})
  get_target_property(rest ${name} INTERFACE_LINK_LIBRARIES)
  while(rest)
    list(POP_FRONT rest item)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    if(item IN_LIST seen OR item MATCHES "^::@")  # the latter names a folder
      continue()
    endif()
    list(APPEND seen "${item}")
    if(TARGET "${item}")
      get_target_property(type "${item}" TYPE)
      if(type MATCHES "^(STATIC|SHARED|UNKNOWN)_LIBRARY$")
        list(APPEND files "$<TARGET_LINKER_FILE:${item}>")
        add_dependencies(${name}.bitcode "${item}")
      elseif(NOT type STREQUAL "INTERFACE_LIBRARY")
        message(FATAL_ERROR "hpybc_add_module(${name}) cannot link ${item}: its type is ${type}")
      endif()
      get_target_property(more "${item}" INTERFACE_LINK_LIBRARIES)
      if(more)
        list(APPEND rest ${more})
      endif()
    elseif(item MATCHES "^-" OR IS_ABSOLUTE "${item}")
      list(APPEND arguments "${item}")
    elseif(item MATCHES "^\\$<")  # debug and optimized, for example
      list(APPEND arguments "$<$<BOOL:${item}>:-l${item}>")
    else()
      list(APPEND arguments "-l${item}")
    endif()
  endwhile()
  set(linked ${files} ${arguments})
  set_target_properties(${name} PROPERTIES
    HPYBC_LIBRARIES "${linked}"
    HPYBC_LIBRARY_FILES "${files}")
endfunction()

# What the name of an image ends with that is made for this Python.
function(_hpybc_image_suffix variable)
  execute_process(
    COMMAND "${Python_EXECUTABLE}" -c
      "import importlib.machinery as m; print(m.EXTENSION_SUFFIXES[0], end='')"
    WORKING_DIRECTORY "${CMAKE_BINARY_DIR}/CMakeFiles"
    OUTPUT_VARIABLE suffix
    COMMAND_ERROR_IS_FATAL ANY)
  set(${variable} "${suffix}" PARENT_SCOPE)
endfunction()
