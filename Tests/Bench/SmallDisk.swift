import Foundation

/// A file system in memory, 64 KiB unless told otherwise, that goes with the test.
package final class SmallDisk {
    package static var isPossible: Bool {
        guard geteuid() == 0 else { return false }
        let place = NSTemporaryDirectory() + "vmctl-mount-\(getpid())"
        mkdir(place, 0o700)
        defer { rmdir(place) }
        guard mount("none", place, "tmpfs", 0, "size=64k") == 0 else { return false }
        umount(place)
        return true
    }

    private let path: String

    package init(_ path: String, size: String = "64k") throws {
        self.path = path
        mkdir(path, 0o700)
        guard mount("none", path, "tmpfs", 0, "size=\(size)") == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    package func fill() {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        close(descriptor)
    }

    package func empty() { unlink(path + "/filler") }
}
