# The version that find_package(hpybc 0.1) asks for, as hpybc/version.py has it.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../version.py" PACKAGE_VERSION REGEX "^__version__ = ")
string(REGEX REPLACE ".*\"([0-9.]+).*" "\\1" PACKAGE_VERSION "${PACKAGE_VERSION}")
if(NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
