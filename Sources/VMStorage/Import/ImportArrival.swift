internal import Glibc
internal import VMCore

/// The bytes of an image that comes in: how they get into a file that is no volume yet.
struct ImportArrival {
    private let wish: VolumeImport
    /// The file that becomes the volume.
    private let file: String
    /// A folder of the file system that has to have space for it.
    private let room: String
    private let work: Work

    /// What comes compressed lies beside it until it is unpacked.
    private var packed: String { file + ".packed" }
    private var arriving: String { wish.packing == .none ? file : packed }
    private var what: String { "importing '\(wish.source.shown)'" }

    init(_ wish: VolumeImport, _ file: String, room: String, _ work: Work) {
        self.wish = wish
        self.file = file
        self.room = room
        self.work = work
    }

    private func new(_ path: String) throws(VMError) -> FileDescriptor {
        try FileDescriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    }

    private func opened(_ path: String, flags: Int32 = O_RDONLY) throws(VMError) -> FileDescriptor {
        try FileDescriptor.open(path, flags: flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
    }

    // MARK: Steps

    /// Brings the bytes here.
    func fetch() throws(VMError) {
        switch wish.source {
        case .file(let path): try copy(path)
        case .address(let address): try download(address)
        }
    }

    /// Holds them against the checksum that was given.
    func verify() throws(VMError) {
        guard let checksum = wish.checksum else { return }
        try checksum.verify(try opened(arriving), wish.source.shown, work)
    }

    /// Takes the compression away.
    func unpack() throws(VMError) {
        let packing = wish.packing
        guard packing != .none else { return }
        let input = try opened(packed)
        guard try input.read(at: 0, count: packing.signature.count, packed) == packing.signature else {
            throw .invalidVolume(
                "'\(wish.source.shown)' is not compressed as its name says, by \(packing.rawValue)",
                remedy: "give --compression none, or the one that it has")
        }
        let (name, arguments) = packing.program
        let tool = try ImageTool(name)
        var output = SparseOutput(try new(file), file, room)
        try tool.stream(arguments, input: input.raw, work) { bytes throws(VMError) in try output.append(bytes) }
        try output.finish()
        unlink(packed)
    }

    /// Sees to it that the bytes outlast a loss of power once they are a volume.
    func settle() throws(VMError) { try opened(file).sync(file) }

    // MARK: Files of this host

    private func copy(_ path: String) throws(VMError) {
        // Opening a FIFO would wake its writer up, or wait for one.
        guard let facts = FileFacts(path) else {
            throw .storageFailure("cannot open '\(path)': \(errnoText(Files.obstacle(path, writing: false) ?? ENOENT))")
        }
        guard facts.kind == .file || facts.kind == .blockDevice else {
            throw .invalidVolume("'\(path)' is \(facts.kind.phrase), which can't be imported")
        }
        let input = try openSource(path)
        let before = try input.facts()
        let size = before.kind == .file ? before.size : UInt64(clamping: lseek(input.raw, 0, SEEK_END))
        let target = try new(arriving)
        if before.kind == .file, target.shareContents(of: input) { return try checkUnchanged(input, before, path) }
        var output = SparseOutput(target, arriving, room)
        try output.checkRoom(before.kind == .file ? min(before.allocation, size) : size)
        var place: UInt64 = 0
        while let data = input.data(from: place, end: size) {
            try output.skip(to: data.lowerBound)
            place = data.lowerBound
            while place < data.upperBound {
                try work.check(what)
                let bytes = try input.read(at: place, count: Int(min(1 << 20, data.upperBound - place)), path)
                if bytes.isEmpty { throw Self.changed(path) }
                try output.append(bytes)
                place += UInt64(bytes.count)
                wish.progress?(place, size)
                Failpoint.reached("import.piece")
            }
        }
        try output.skip(to: size)
        try output.finish()
        try checkUnchanged(input, before, path)
    }

    private func openSource(_ path: String) throws(VMError) -> FileDescriptor {
        do throws(VMError) {
            return try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw .storageFailure("cannot open '\(path)'" + FolderPool.reason(error))
        }
    }

    private static func changed(_ path: String) -> VMError {
        .storageFailure("'\(path)' changed while it was copied", remedy: "import it when nobody writes it")
    }

    private func checkUnchanged(
        _ input: borrowing FileDescriptor, _ before: FileFacts, _ path: String
    ) throws(VMError) {
        let now = try input.facts()
        guard now.kind != .file || now.size == before.size && now.modified == before.modified else {
            throw Self.changed(path)
        }
    }

    // MARK: Addresses

    private func download(_ address: String) throws(VMError) {
        let tool = try ImageTool("curl")
        var output = SparseOutput(try new(arriving), arriving, room)
        let limit = FileSystemSpace(room)?.available ?? UInt64(Int64.max)
        let names = ImportSource.protocols.joined(separator: ",")
        // The address may have a password in it, so it isn't among the words that everybody sees.
        let configuration = "url = \"\(address)\"\n"
        let arguments = [
            "--disable", "--config", ImageTool.keyFile, "--silent", "--show-error", "--fail", "--location",
            "--max-redirs", "10", "--proto", "=" + names, "--proto-redir", "=" + names, "--globoff",
            "--connect-timeout", "60", "--speed-limit", "1", "--speed-time", "300", "--max-filesize",
            "\(min(limit, UInt64(Int64.max)))", "--output", "-",
        ]
        var done: UInt64 = 0
        do throws(VMError) {
            try tool.stream(arguments, key: Array(configuration.utf8), environment: Self.proxies, work) {
                bytes throws(VMError) in
                try output.append(bytes)
                done += UInt64(bytes.count)
                wish.progress?(done, nil)
                Failpoint.reached("import.piece")
            }
        } catch {
            guard error.code == .io, error.libvirt.number == .internalError else { throw error }
            throw .storageFailure(
                "cannot get '\(wish.source.shown)': " + error.message.replacing(address, with: wish.source.shown))
        }
        try output.finish()
    }

    /// Through which proxies the caller reaches the network.
    private static var proxies: [(name: String, value: String)] {
        ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]
            .compactMap { name in getenv(name).map { (name, String(cString: $0)) } }
    }
}
