# Shortens the build of llama.cpp. Its sources are about 200 small files that include the same large headers, and
# half of the time goes to `common` (chat formats, command lines), of which the engine uses a grammar converter.
# So sources are compiled eight at a time, and what computes nothing is optimized less. ggml, which computes, is
# compiled as its authors set it.
if(PROJECT_NAME STREQUAL "llama.cpp" AND NOT MSVC AND CMAKE_VERSION VERSION_GREATER_EQUAL 3.19)
  foreach(target llama llama-common cpp-httplib)
    cmake_language(EVAL CODE "
      cmake_language(DEFER CALL set_target_properties ${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)")
  endforeach()
  foreach(target llama-common cpp-httplib)
    cmake_language(EVAL CODE "
      cmake_language(DEFER CALL target_compile_options ${target} PRIVATE -O1)")
  endforeach()
endif()
