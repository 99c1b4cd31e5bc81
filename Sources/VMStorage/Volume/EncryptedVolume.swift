internal import VMCore
internal import VMDomain

/// How a volume that is to be encrypted is made: the options of `qemu-img`.
struct EncryptedVolume {
    private let encryption: StorageEncryption
    /// What the options' names begin with: qcow2 has them among others.
    private let prefix: String

    init(_ encryption: StorageEncryption, _ format: VolumeFormat) {
        self.encryption = encryption
        prefix = format == .qcow2 ? "encrypt." : ""
    }

    private static let id = "key0"

    /// The object that holds the key, which is in an open file.
    static let object = ["--object", "secret,id=\(id),file=\(ImageTool.keyFile)"]

    /// Refuses what can't be encrypted, and how.
    static func check(_ volume: StorageVolume, _ format: VolumeFormat) throws(VMError) {
        guard format == .raw || format == .qcow2 else {
            throw .unsupportedSettings(
                "volumes in \(format.rawValue) format can't be encrypted", remedy: "make it raw or qcow2")
        }
        guard let encryption = volume.target.encryption else { return }
        guard encryption.format == .luks || encryption.format == .default else {
            throw .unsupportedSettings(
                "unsupported volume encryption format \(encryption.format?.rawValue ?? "")",
                remedy: "write <encryption format='luks'>")
        }
        let words =
            [encryption.cipher?.name, encryption.cipher?.mode, encryption.cipher?.hash]
            + [encryption.ivgen?.name, encryption.ivgen?.hash]
        for word in words.compactMap(\.self) {
            guard word.utf8.allSatisfy({ isWordByte($0) }) else {
                throw .unsupportedSettings("there is no cipher, mode or hash '\(word)'")
            }
        }
        if format == .raw, volume.backingStore?.path?.isEmpty == false {
            throw .unsupportedSettings(
                "a raw volume cannot be built on another one", remedy: "make it <format type='qcow2'/>")
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    var options: [String] {
        var options = prefix.isEmpty ? [] : ["encrypt.format=luks"]
        func add(_ key: String, _ value: String?) { if let value { options.append("\(prefix)\(key)=\(value)") } }
        add("key-secret", Self.id)
        if let cipher = encryption.cipher {
            add("cipher-alg", cipher.name.map { name in name + (cipher.size.map { "-\($0)" } ?? "") })
            add("cipher-mode", cipher.mode)
            add("hash-alg", cipher.hash)
        }
        add("ivgen-alg", encryption.ivgen?.name)
        add("ivgen-hash-alg", encryption.ivgen?.hash)
        return options
    }
}
