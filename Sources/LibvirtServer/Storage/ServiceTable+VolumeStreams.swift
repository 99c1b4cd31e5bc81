internal import LibvirtWire
internal import VMCore
internal import VMManager
internal import VMStorage

/// Contents of volumes, which travel on streams.
extension ServiceTable {
    mutating func serveVolumeStreams() {
        serveSparseStream(Remote.storageVolUpload, sparse: { $0.flags & 1 != 0 }) {
            (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "storageVolUpload", in: .storage)
            let upload = try await client.volume(arguments.volume) { (storage, volume) async throws(VMError) in
                try storage.beginUpload(volume, offset: arguments.offset, length: arguments.length)
            }
            return (
                Nothing(),
                { port throws(VMError) in try await VolumeStream(upload, port, client).receive() }
            )
        }
        serveSparseStream(Remote.storageVolDownload, sparse: { $0.flags & 1 != 0 }) {
            (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "storageVolDownload", in: .storage)
            let download = try await client.volume(arguments.volume) { (storage, volume) async throws(VMError) in
                try storage.beginDownload(volume, offset: arguments.offset, length: arguments.length)
            }
            let isSparse = arguments.flags & 1 != 0
            return (
                Nothing(),
                { port throws(VMError) in try await VolumeStream(download, port, client).send(sparsely: isSparse) }
            )
        }
    }
}

/// A volume and a stream.
private struct VolumeStream: Sendable {
    private let transfer: VolumeTransfer
    private let port: StreamPort
    private let client: Client

    /// As much as one packet holds.
    private static let portion = 262_120

    init(_ transfer: VolumeTransfer, _ port: StreamPort, _ client: Client) {
        self.transfer = transfer
        self.port = port
        self.client = client
    }

    /// Sends all there is.
    func send(sparsely: Bool) async throws(VMError) {
        // Before the client hears that it was all: it may go on with the volume at once.
        defer { transfer.close() }
        while true {
            switch try transfer.next(limit: Self.portion, sparsely: sparsely) {
            case .data(let bytes): if await !port.send(bytes) { return }
            case .hole(let length): if !port.sendHole(length) { return }
            case .end: return
            }
        }
    }

    /// Writes what comes, until the client says that it was all. What has come of an upload that is broken off stays.
    ///
    /// With as much as was announced an upload is at its end, whether the client says so or not: some never do, and start a
    /// machine from the volume.
    func receive() async throws(VMError) {
        defer { transfer.close() }
        while let input = await port.next() {
            switch input {
            case .data(let bytes):
                try transfer.write(bytes)
                if transfer.isComplete { try await finish() }
            case .hole(let length):
                try transfer.skip(UInt64(clamping: length))
                if transfer.isComplete { try await finish() }
            case .finished: return try await finish()
            case .aborted: return try await finish()
            }
        }
    }

    private func finish() async throws(VMError) {
        let transfer = transfer
        try await client.storage("upload") { (storage) async throws(VMError) in try storage.finish(transfer) }
    }
}
