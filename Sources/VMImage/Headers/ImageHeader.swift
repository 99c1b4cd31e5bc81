package import VMCore

/// What an image's header says, whatever its format.
package struct ImageHeader: Sendable, Hashable {
    /// The image below.
    package struct Backing: Sendable, Hashable {
        /// As the image spells it; ``BackingReference`` understands it.
        package var name: String
        /// The declared format, by the name of QEMU's driver; nil when none is declared.
        package var format: String?
        /// Whether images of this format can declare it.
        package var declaresFormat: Bool
    }

    package var format: ImageFormat
    /// Bytes that a guest sees; nil when the header doesn't say.
    package var virtualSize: UInt64?
    package var backing: Backing?
    /// The rest of a qcow2 image's header.
    package var qcow2: QCOW2Header?

    init(_ format: ImageFormat, virtualSize: UInt64?, backing: Backing? = nil) {
        self.format = format
        self.virtualSize = virtualSize
        self.backing = backing
    }

    /// Reads an image's header. Nothing that the image refers to is opened.
    ///
    /// - Parameter format: what the image is to be read as; nil takes what its signature says.
    /// - Throws: `invalidArgument` when the image isn't in that format or its header makes no sense.
    package init(_ image: some ImageBytes, as format: ImageFormat?) throws(VMError) {
        let found = format == .raw ? .raw : ImageFormat.probe(image)
        if let format, format.isCertain, format != found { throw image.error("is not in \(format.rawValue) format") }
        switch format ?? found {
        case .raw: self.init(.raw, virtualSize: image.length)
        case .qcow2:
            let header = try QCOW2Header(image)
            self.init(
                .qcow2, virtualSize: header.virtualSize,
                backing: header.backing.map { Backing(name: $0, format: header.backingFormat, declaresFormat: true) })
            qcow2 = header
        case .qcow: try self.init(qcow: image)
        case .qed: try self.init(qed: image)
        case .vmdk: try self.init(vmdk: image)
        case .vdi: try self.init(vdi: image)
        case .vpc: try self.init(vpc: image)
        case .vhdx: try self.init(vhdx: image)
        case .parallels: try self.init(parallels: image)
        case .luks: self.init(.luks, virtualSize: nil)
        case .bochs: self.init(.bochs, virtualSize: nil)
        case .cloop: self.init(.cloop, virtualSize: nil)
        case .dmg: self.init(.dmg, virtualSize: nil)
        }
    }
}

extension ImageBytes {
    func error(_ predicate: String) -> VMError { VMError(.invalidArgument, "image '\(name)' \(predicate)") }

    func damaged(_ why: String) -> VMError { error("is damaged: \(why)") }

    /// What stands for a field outside of the file.
    var truncated: VMError { damaged("its header ends too early") }

    /// A field's value, or the error that it isn't there.
    func need<Value>(_ value: Value?) throws(VMError) -> Value {
        guard let value else { throw truncated }
        return value
    }

    /// A size in sectors as the header has it, in bytes.
    func size(sectors: UInt64?) throws(VMError) -> UInt64 {
        guard let bytes = try need(sectors).sectors else { throw damaged("its size is more than a file can have") }
        return bytes
    }
}
