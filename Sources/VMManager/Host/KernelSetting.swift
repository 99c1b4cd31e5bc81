internal import Glibc
internal import VMCore

/// A file by which the kernel is told something: what is written is one write of the whole text.
enum KernelSetting {
    static func write(_ path: String, _ text: String) throws(VMError) {
        let file = try FileDescriptor.open(path, flags: O_WRONLY)
        try file.writeAll(Array(text.utf8), path)
    }
}
