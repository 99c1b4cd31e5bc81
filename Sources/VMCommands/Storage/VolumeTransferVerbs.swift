internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage

/// Contents of volumes.
extension Verb {
    private static func range(_ what: String, _ way: String) -> [Parameter] {
        [
            .volumePool, .option("offset", "number", "volume offset to \(what) \(way)"),
            .option("length", "number", "amount of data to \(what)"), .flag("sparse", "preserve sparseness of volume"),
        ]
    }

    /// What is read or written at a time.
    private static let portion = 1 << 20

    /// `vol-upload VOL FILE`.
    static var volUpload: Verb {
        Verb(
            "vol-upload", group: .storage, "write a file over a volume that nobody uses",
            parameters: [.volume(), .argument("file", "file", "file", completion: .file)] + range("upload", "to")
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try invocation.volume(storage)
            let name = try invocation.required("file")
            let file = try FileDescriptor.open(name, flags: O_RDONLY | O_NOCTTY)
            do throws(VMError) {
                let transfer = try storage.beginUpload(
                    volume, offset: try invocation.byteCount("offset"), length: try invocation.byteCount("length"))
                try upload(file, name, transfer, isSparse: invocation.flag("sparse"))
                try storage.finish(transfer)
                return transferred(volume, transfer)
            } catch {
                throw error.wrapped("cannot upload to volume \(volume.name)")
            }
        }
    }

    private static func upload(
        _ file: borrowing FileDescriptor, _ name: String, _ transfer: VolumeTransfer, isSparse: Bool
    ) throws(VMError) {
        let end = lseek(file.raw, 0, SEEK_END)
        guard end >= 0 else {
            // A pipe.
            while true {
                let bytes = try file.readSome(name, limit: portion)
                if bytes.isEmpty { return }
                try transfer.write(bytes)
            }
        }
        var place: UInt64 = 0
        let size = UInt64(end)
        while place < size {
            var stop = min(size, place + UInt64(portion))
            if isSparse {
                guard let data = file.data(from: place, end: size) else { return try transfer.skip(size - place) }
                if data.lowerBound > place { try transfer.skip(data.lowerBound - place) }
                place = data.lowerBound
                stop = min(data.upperBound, place + UInt64(portion))
            }
            let bytes = try file.read(at: place, count: Int(stop - place), name)
            if bytes.isEmpty { return }
            try transfer.write(bytes)
            place += UInt64(bytes.count)
        }
    }

    /// `vol-download VOL FILE`.
    static var volDownload: Verb {
        Verb(
            "vol-download", group: .storage, "write a volume's contents into a file",
            parameters: [.volume(), .argument("file", "file", "file", completion: .file)] + range("download", "from")
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let storage = try invocation.storage()
            let volume = try invocation.volume(storage)
            let name = try invocation.required("file")
            do throws(VMError) {
                let transfer = try storage.beginDownload(
                    volume, offset: try invocation.byteCount("offset"), length: try invocation.byteCount("length"))
                let file = try FileDescriptor.open(
                    name, flags: O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY, mode: 0o664)
                try download(transfer, file, name, isSparse: invocation.flag("sparse"))
                return transferred(volume, transfer)
            } catch {
                throw error.wrapped("cannot download from volume \(volume.name)")
            }
        }
    }

    private static func download(
        _ transfer: VolumeTransfer, _ file: borrowing FileDescriptor, _ name: String, isSparse: Bool
    ) throws(VMError) {
        var place: UInt64 = 0
        while true {
            switch try transfer.next(limit: portion, sparsely: isSparse) {
            case .data(let bytes):
                if isSparse { try file.write(bytes, at: place, name) } else { try file.writeAll(bytes, name) }
                place += UInt64(bytes.count)
            case .hole(let length): place += length
            case .end:
                if isSparse { try file.truncate(to: place, name) }
                return
            }
        }
    }

    private static func transferred(_ volume: VolumeEntry, _ transfer: VolumeTransfer) -> Report {
        Report(.raw(""), value: .object(volume.value), names: [volume.name])
    }
}

extension Invocation {
    fileprivate func byteCount(_ name: String) throws(VMError) -> UInt64 { has(name) ? try size(name, unit: 1) : 0 }
}
