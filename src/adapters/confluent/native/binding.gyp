{
  "targets": [
    {
      "target_name": "lane",
      "sources": ["lane.c", "client.c", "consume.c", "librdkafka.c", "offsets.c", "produce.c"],
      "include_dirs": ["<!(node -p \"require('node:path').join(require('node:path').dirname(require.resolve('@confluentinc/kafka-javascript/package.json')), 'deps/librdkafka/src')\")"],
      "defines": ["NAPI_VERSION=8"],
      "cflags": ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Wno-ignored-qualifiers", "-fvisibility=hidden"],
      "libraries": ["-ldl", "-lpthread"],
      "xcode_settings": { "GCC_SYMBOLS_PRIVATE_EXTERN": "YES", "CLANG_CXX_LANGUAGE_STANDARD": "gnu11" }
    }
  ]
}
