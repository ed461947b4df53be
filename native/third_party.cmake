# millrace_third_party: FFmpeg, x264, zimg, libcurl and SRT, with whatever they need, as one target.
# Headers are SYSTEM ones: our warnings are for our own code.
add_library(millrace_third_party INTERFACE)
# libavutil's C headers ask for it under C++.
target_compile_definitions(millrace_third_party INTERFACE __STDC_CONSTANT_MACROS)
find_package(PkgConfig REQUIRED)
set(third_party_modules libavfilter libavformat libavcodec libswresample libswscale libavutil x264 zimg libcurl srt)

if(MILLRACE_FFMPEG STREQUAL "system")
  pkg_check_modules(third_party REQUIRED ${third_party_modules})
  target_include_directories(millrace_third_party SYSTEM INTERFACE ${third_party_INCLUDE_DIRS})
  target_link_libraries(millrace_third_party INTERFACE ${third_party_LINK_LIBRARIES})
  target_compile_definitions(millrace_third_party INTERFACE MILLRACE_SYSTEM_FFMPEG=1)
elseif(MILLRACE_FFMPEG STREQUAL "bundled")
  set(prefix "${MILLRACE_DEPS}")
  if(NOT prefix)
    execute_process(
      COMMAND node ${PROJECT_SOURCE_DIR}/scripts/deps.mjs --print
      OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE incomplete)
    if(incomplete)
      message(FATAL_ERROR "The third-party libraries are not built yet: run `node scripts/deps.mjs` first, "
        "or configure with -DMILLRACE_FFMPEG=system to use this distribution's.")
    endif()
  endif()
  message(STATUS "Third-party libraries: ${prefix}")
  set(ENV{PKG_CONFIG_LIBDIR} "${prefix}/lib/pkgconfig")
  set(ENV{PKG_CONFIG_PATH} "")
  # pkg_check_modules remembers its answers, and the prefix moves with what goes into it.
  if(NOT "${prefix}" STREQUAL "${third_party_prefix}")
    unset(__pkg_config_checked_third_party CACHE)
    set(third_party_prefix "${prefix}" CACHE INTERNAL "")
  endif()
  pkg_check_modules(third_party REQUIRED ${third_party_modules})
  target_include_directories(millrace_third_party SYSTEM INTERFACE "${prefix}/include")
  # The C and C++ libraries are the link driver's business (-static-libstdc++ does not reach a spelled-out -lstdc++).
  set(libraries ${third_party_STATIC_LDFLAGS})
  list(FILTER libraries EXCLUDE REGEX "^-l(stdc\\+\\+|gcc_s|gcc|c)$")
  target_link_libraries(millrace_third_party INTERFACE -Wl,--as-needed -Wl,--start-group ${libraries} -Wl,--end-group)
else()
  message(FATAL_ERROR "MILLRACE_FFMPEG is \"${MILLRACE_FFMPEG}\"; it must be \"bundled\" or \"system\".")
endif()
