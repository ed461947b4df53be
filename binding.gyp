{
  # Thin shim: node-gyp drives the one CMake build. Without it npm would not know how this package is compiled.
  "targets": [{
    "target_name": "millrace",
    "type": "none",
    "actions": [{
      "action_name": "cmake_js",
      "message": "Building the addon with cmake-js",
      "inputs": [
        "CMakeLists.txt",
        "<!@(node scripts/native.mjs --list-inputs)"
      ],
      "outputs": ["<(PRODUCT_DIR)/millrace.node"],
      "action": ["node", "scripts/native.mjs", "--out", "<(PRODUCT_DIR)", "--arch", "<(target_arch)"]
    }]
  }]
}
