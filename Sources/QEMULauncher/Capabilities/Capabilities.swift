internal import VMJSON

/// What runs the guest's instructions: QEMU's `accel`.
public enum Accelerator: String, Sendable, Hashable, CaseIterable {
    case kvm, hvf, tcg
}

/// What one QEMU binary says about itself over QMP: a value that is handed to everything that has to know what this
/// QEMU can do.
///
/// Questions are asked in QEMU's own terms (``has(device:property:)``, ``accepts(command:argument:)``), never by
/// comparing versions. A value comes from a running QEMU (``probe(emulator:deadline:)``), from a recorded conversation
/// (``replay(_:)``) or from the cache (``CapabilitiesCache``); the same conversation always gives the same value.
///
/// Everything is looked up in one block of bytes on demand, so that taking a value from the cache costs one read.
public struct Capabilities: Sendable, Hashable {
    let image: CapabilitiesImage
    /// `query-version`, for people to read.
    public let version: Version
    /// The distribution's suffix of the version; empty for none.
    public let package: String
    /// `query-target`: `x86_64`, `aarch64`, `arm`, `ppc64`, `s390x` …
    public let target: String
    /// The accelerators that can be used here, the fastest first.
    public let accelerators: [Accelerator]

    /// QEMU's version number.
    public struct Version: Sendable, Hashable, CustomStringConvertible {
        public var major: Int
        public var minor: Int
        public var micro: Int

        public var description: String { "\(major).\(minor).\(micro)" }
    }

    /// Nil when the block lacks what every QEMU answers.
    init?(image: CapabilitiesImage) {
        self.image = image
        let reader = CapabilitiesReader(image: image)
        guard let number = reader.fact("version"), let target = reader.fact("target")?.string else { return nil }
        version = Version(
            major: number["major"]?.int ?? 0, minor: number["minor"]?.int ?? 0, micro: number["micro"]?.int ?? 0)
        package = reader.fact("package")?.string ?? ""
        self.target = target
        accelerators = (reader.fact("accelerators")?.array ?? []).compactMap { Accelerator(rawValue: $0.string ?? "") }
    }

    /// The bytes from which ``init(serialized:)`` makes an equal value.
    public var serialized: [UInt8] { image.bytes }

    /// Takes bytes of ``serialized``; nil for anything else.
    ///
    /// - Parameter start: where in the bytes they begin.
    public init?(serialized bytes: [UInt8], from start: Int = 0) {
        guard let image = CapabilitiesImage(bytes: bytes, from: start) else { return nil }
        self.init(image: image)
    }

    /// libvirt's name of the target: `arm` is `armv7l`, `i386` is `i686`.
    public var architecture: String {
        switch target {
        case "arm": "armv7l"
        case "i386": "i686"
        default: target
        }
    }

    /// The accelerator used when the domain says `kvm` (or `hvf`) or, else, `qemu`; nil when this QEMU can't.
    public func supports(_ accelerator: Accelerator) -> Bool { accelerators.contains(accelerator) }
}

/// Reads values out of an image.
struct CapabilitiesReader {
    let image: CapabilitiesImage

    func fact(_ name: String) -> JSONValue? { json(image.value(.facts, name)) }

    /// Everything in the block was written by ``CapabilitiesDigest``; what doesn't parse counts as absent.
    func json(_ bytes: ArraySlice<UInt8>?) -> JSONValue? {
        guard let bytes else { return nil }
        return try? JSONParser.parse(Array(bytes))
    }
}
