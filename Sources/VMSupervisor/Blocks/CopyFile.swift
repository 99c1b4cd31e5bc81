internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMJSON

/// The image that a disk is copied to: looked at, made where it isn't there, and opened.
struct CopyFile {
    private let machine: LiveMachine
    private let outcome: Disk
    private let images: DiskImages
    /// Whether the image is there already and is written over.
    private let reuses: Bool
    private let isShallow: Bool

    init(_ machine: LiveMachine, _ outcome: Disk, _ images: DiskImages, reuses: Bool, isShallow: Bool) {
        self.machine = machine
        self.outcome = outcome
        self.images = images
        self.reuses = reuses
        self.isShallow = isShallow
    }

    private var target: String { images.target }
    private var format: VMDomain.ImageFormat { outcome.driver?.type ?? .raw }
    private var path: String { outcome.source.file ?? outcome.source.dev ?? "" }

    /// Refuses what can't be copied to.
    ///
    /// - Returns: the path of the copy.
    func check() throws(VMError) -> String {
        let isDevice = Files.isBlockDevice(path)
        if outcome.source.type == .block, Files.exists(path), !isDevice {
            throw VMError(
                .invalidArgument,
                "invalid argument: blockdev flag requested for disk \(target), but file '\(path)' is "
                    + "not a block device")
        }
        guard Files.exists(path) else {
            if !reuses, outcome.source.type == .file { return try checkFormat() }
            throw VMError.system("missing destination file for disk \(target): \(path)", errno: ENOENT)
        }
        if !reuses, !isDevice {
            throw VMError(
                .exists,
                "unsupported configuration: external destination file \(path) for disk \(target) already exists "
                    + "and is not a block device",
                remedy: "remove it, or have it written over with \(option: "reuse-external")",
                libvirt: LibvirtError(.configurationUnsupported))
        }
        if let odd = Files.oddKind(path), !isDevice { throw VMError(.io, "cannot copy to '\(path)': it is \(odd)") }
        if images.paths.contains(where: { $0.flatMap { Files.identity($0) } == Files.identity(path) }) {
            throw VMError(.busy, "'\(path)' is an image of disk '\(target)' itself")
        }
        if ImageLocks(path).isTaken(forWriting: true) { throw VMError(.busy, "'\(path)' is in use") }
        return reuses ? path : try checkFormat()
    }

    private func checkFormat() throws(VMError) -> String {
        guard format == .raw || format == .qcow2 else {
            throw VMError(
                .unsupported, "an image of the format '\(format.rawValue)' isn't made for a copy",
                remedy: "make it yourself and use \(option: "reuse-external")",
                libvirt: LibvirtError(.operationUnsupported))
        }
        if isShallow, format == .raw {
            throw VMError(
                .unsupported, "a raw image can't build on others, so the copy can't be shallow",
                libvirt: LibvirtError(.operationUnsupported))
        }
        return path
    }

    /// Bytes that the guest sees.
    private func size() throws(VMError) -> UInt64 {
        let list = try machine.run("query-named-block-nodes", ["flat": true]).array ?? []
        let entry = list.first { $0["node-name"]?.string == images.layers[0].node }
        guard let size = entry?["image"]?["virtual-size"]?.uint64 else {
            throw VMError(.protocolViolation, "QEMU doesn't tell the size of disk '\(target)'")
        }
        return size
    }

    /// Makes the file, empty; nil when it is there already.
    func make() throws(VMError) -> BlockJob.FileMark? {
        if reuses || Files.isBlockDevice(path) { return nil }
        let file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        let mark = BlockJob.FileMark(path)
        guard format == .raw else { return mark }
        guard let length = Int(exactly: try size()), ftruncate(file.raw, length) == 0 else {
            let code = errno
            unlink(path)
            throw .system("cannot make '\(path)'", errno: code)
        }
        return mark
    }

    /// Opens the image in QEMU; a new one gets its format before.
    func open(_ nodes: Hotplug.ImageNodes, id: String) throws(VMError) {
        for call in nodes.calls {
            let isFormat = call.arguments["node-name"]?.string == nodes.top && nodes.top != nodes.storage
            if isFormat, !reuses, format == .qcow2 { try formatImage(nodes.storage, id) }
            if call.command == "blockdev-add" {
                var opened = OpenedFiles(machine)
                try opened.add(call.arguments)
            } else {
                try machine.run(call.command, call.arguments)
            }
        }
    }

    /// Has QEMU write an empty image into the file.
    private func formatImage(_ storage: String, _ id: String) throws(VMError) {
        var options: JSONObject = ["driver": "qcow2", "file": .string(storage), "size": JSONValue(try size())]
        if isShallow, let below = images.paths[1] {
            options["backing-file"] = .string(below)
            options["backing-fmt"] = .string(images.layers[1].format)
        }
        let job = "create-\(id)"
        try machine.run(BlockdevCreate.name, BlockdevCreate(jobID: job, options: options).arguments)
        let end = try machine.wait(for: job) { $0.status == "concluded" }
        try machine.run("job-dismiss", ["id": .string(job)])
        if let words = end?.error { throw VMError(.io, "cannot make '\(path)': \(words)") }
    }
}

extension LiveMachine {
    /// Waits until a job of QEMU's is so; nil when there is none of that name any more.
    ///
    /// - Throws: `timeout` at the deadline.
    func wait(
        for id: String, _ isSo: (QueryJobs.Job) -> Bool
    ) throws(VMError) -> QueryJobs.Job? {
        var pause = Duration.milliseconds(2)
        while true {
            guard let job = try jobOfQEMU(id) else { return nil }
            if isSo(job) { return job }
            guard !deadline.hasPassed else {
                throw VMError(.timeout, "the block job '\(id)' of domain '\(plan.name)' has not ended in time")
            }
            Poll.sleep(pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }
}
