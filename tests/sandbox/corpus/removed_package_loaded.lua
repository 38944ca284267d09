-- expect: error: package.loaded is not available
print(package.loaded.io)
