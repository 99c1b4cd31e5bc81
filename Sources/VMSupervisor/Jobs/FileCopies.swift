internal import Glibc
internal import SupervisorProtocol
internal import VMCore

extension [SnapshotOrder.Copy] {
    /// The largest file of firmware variables.
    private static var limit: Int { 256 << 20 }

    /// Copies the files, each of which a program may write anew at any time but doesn't while the CPUs stand still.
    func carryOut() throws(VMError) {
        for copy in self {
            guard !Files.isFolder(copy.source) else {
                try FolderCopy.copy(copy.source, to: copy.path)
                continue
            }
            let file = try FileDescriptor.open(copy.source, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
            let bytes = try file.readToEnd(copy.source, limit: Self.limit)
            try Folders.make(Files.folder(of: copy.path))
            try Files.write(bytes, to: copy.path, durable: true)
        }
    }
}
