internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Block nodes: what an image's bytes come from (`…-storage`) and how they are understood (`…-format`).
struct StorageOptions {
    /// What an image of a chain is, whichever element it stands in.
    struct Image {
        var source: DiskSource
        var format: ImageFormat
        var driver: DiskDriver
        var isReadOnly: Bool
        var isCDROM = false
        var isFloppy = false
        /// The node below; nil: there is none and the image may say itself; `.some(nil)`: there is none for certain.
        var backing: String??
        var dataFile: String?
        var metadataCache: DiskMetadataCache?
        var encryption: StorageEncryption?
        var auth: StorageAuth?
        var origin: XMLOrigin
        /// Whether a format node is made even where the storage alone would do.
        var wantsFormat = false
    }

    let context: BuildContext
    /// `libvirt-3`, from which the nodes have their names.
    let name: String
    let image: Image

    /// The node that stands for the image.
    var topNode: String { needsFormat ? name + "-format" : name + "-storage" }

    /// Whether there has to be a node for the format. Raw images do without where QEMU's block jobs can.
    var needsFormat: Bool {
        if image.wantsFormat || image.format != .raw || encryptsInQEMU || image.source.type == .dir { return true }
        if !image.source.slices.isEmpty || image.source.fdgroup != nil && image.isReadOnly { return true }
        return !context.capabilities.accepts(command: "block-stream", argument: "backing-mask-protocol")
            && image.source.type != .vhostvdpa && !isBlockPassthrough
    }

    private var isBlockPassthrough: Bool { false }

    private var encryptsInQEMU: Bool { image.encryption != nil && image.encryption?.engine ?? .qemu == .qemu }

    /// All options of the image: secrets, TLS credentials, storage, format.
    func make() throws(VMError) -> [QEMUOption] {
        var options: [QEMUOption] = []
        let storageName = name + "-storage"
        if let wanted = image.auth?.secret { options.append(secret(storageName + "-auth-secret0", .stored(wanted))) }
        if !image.source.cookies.isEmpty {
            options.append(secret(storageName + "-httpcookie-secret0", .text(image.source.cookieHeader)))
        }
        if let encryption = image.encryption, encryption.engine == .librbd {
            for (index, wanted) in encryption.secrets.enumerated() {
                options.append(secret("\(storageName)-encryption-secret\(index)", .stored(wanted)))
            }
        } else if encryptsInQEMU {
            for (index, wanted) in (image.encryption?.secrets ?? []).enumerated() {
                options.append(secret("\(name)-format-encryption-secret\(index)", .stored(wanted)))
            }
        }
        if image.source.tls == .yes { options.append(tlsCredentials) }
        var storage = try StorageDriver(context: context, image: image, name: storageName).properties()
        storage["node-name"] = .string(storageName)
        finishStorage(&storage)
        options.append(QEMUOption(.blockdev, storage, from: image.origin))
        var file = storageName
        if let slice = image.source.slices.first {
            file = name + "-slice-sto"
            options.append(sliceNode(slice, file, below: storageName))
        }
        if needsFormat { options.append(QEMUOption(.blockdev, formatProperties(file: file), from: image.origin)) }
        return options
    }

    private func finishStorage(_ storage: inout JSONObject) {
        if needsFormat {
            storage["auto-read-only"] = true
            storage["discard"] = "unmap"
        } else {
            storage["read-only"] = .bool(image.isReadOnly)
            putDiscard(&storage)
        }
        if let cache = cacheFlags { storage["cache"] = cache }
    }

    private func putDiscard(_ properties: inout JSONObject) {
        properties.put("discard", image.driver.discard?.rawValue)
        properties.put("detect-zeroes", detectZeroes)
    }

    /// Zeroes can only be unmapped where discarding is allowed.
    private var detectZeroes: String? {
        guard let mode = image.driver.detectZeroes else { return nil }
        return mode == .unmap && image.driver.discard != .unmap ? "on" : mode.rawValue
    }

    private var cacheFlags: JSONValue? {
        guard let cache = image.driver.cache, cache != .default else { return nil }
        return [
            "direct": .bool(cache == .none || cache == .directsync),
            "no-flush": .bool(cache == .unsafe),
        ]
    }

    private func sliceNode(_ slice: StorageSlice, _ node: String, below storage: String) -> QEMUOption {
        var properties: JSONObject = ["driver": "raw", "node-name": .string(node)]
        properties.put("offset", slice.offset)
        properties.put("size", slice.size)
        properties["file"] = .string(storage)
        properties["auto-read-only"] = true
        properties["discard"] = "unmap"
        if let cache = cacheFlags { properties["cache"] = cache }
        return QEMUOption(.blockdev, properties, from: image.origin)
    }

    private func formatProperties(file: String) -> JSONObject {
        var properties: JSONObject = ["node-name": .string(name + "-format"), "read-only": .bool(image.isReadOnly)]
        putDiscard(&properties)
        if let cache = cacheFlags { properties["cache"] = cache }
        putFormat(&properties)
        properties["file"] = .string(file)
        switch image.backing {
        case .some(.some(let node)): properties["backing"] = .string(node)
        case .some(.none) where image.format.hasBacking: properties["backing"] = .null
        default: break
        }
        return properties
    }

    private func putFormat(_ properties: inout JSONObject) {
        let key: JSONValue = .string("\(name)-format-encryption-secret0")
        switch image.format {
        case .raw where encryptsInQEMU, .luks:
            properties["driver"] = "luks"
            if encryptsInQEMU { properties["key-secret"] = key }
        case .qcow2, .qcow:
            properties["driver"] = .string(image.format.rawValue)
            if encryptsInQEMU {
                let kind: JSONValue = image.encryption?.format == .luks ? "luks" : "aes"
                properties["encrypt"] = ["format": kind, "key-secret": key]
            }
            if image.driver.discardNoUnref == .on { properties["discard-no-unref"] = true }
            if let size = image.metadataCache?.maxSize { properties["cache-size"] = JSONValue(size.bytes) }
            properties.put("data-file", image.dataFile)
        case .vhd: properties["driver"] = "vpc"
        // A folder shown as a FAT disk is raw to what is above.
        case .fat, .dir, .iso: properties["driver"] = "raw"
        default: properties["driver"] = .string(image.format.rawValue)
        }
    }

    private func secret(_ id: String, _ source: SecretSource) -> QEMUOption {
        SecretOptions.make(id, source, context, from: image.origin)
    }

    private var tlsCredentials: QEMUOption {
        let kind = image.source.networkProtocol == .nbd ? "nbd" : image.source.networkProtocol?.rawValue ?? ""
        return QEMUOption(
            .object,
            [
                "qom-type": "tls-creds-x509", "id": .string("obj\(name)-storage_tls0"),
                "dir": .string("/etc/pki/libvirt-\(kind)"), "endpoint": "client", "verify-peer": true,
            ], from: image.origin)
    }
}

extension ImageFormat {
    /// Whether an image of this format can name one below it.
    var hasBacking: Bool {
        switch self {
        case .qcow2, .qcow, .qed, .vmdk: true
        default: false
        }
    }
}

extension DiskSource {
    /// The cookies as they stand in a request.
    fileprivate var cookieHeader: String {
        cookies.map { "\($0.name ?? "")=\($0.value ?? "")" }.joined(separator: "; ")
    }
}

/// Secrets reach QEMU in files, never on the command line. The path that stands here is a file of the machine's own
/// folder; whoever starts QEMU, or plugs a device in, puts an open file of memory in its place.
enum SecretOptions {
    static func make(
        _ id: String, _ source: SecretSource, _ context: BuildContext, from origin: XMLOrigin
    ) -> QEMUOption {
        var option = QEMUOption(
            .object,
            [
                "qom-type": "secret", "id": .string(id), "format": "raw",
                "file": .string("\(context.host.folders.machine)/\(id).secret"),
            ], from: origin)
        option.secret = source
        return option
    }
}
