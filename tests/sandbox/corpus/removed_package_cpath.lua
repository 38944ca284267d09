-- expect: error: package.cpath is not available
package.cpath = "/tmp/?.so"
