public import VMJSON

/// A firmware image that QEMU can boot, as distributions describe it: QEMU's `docs/interop/firmware.json`.
public struct FirmwareDescriptor: Sendable, Hashable {
    /// How the image gets into the machine.
    public enum Device: String, Sendable, Hashable { case flash, memory, kernel }

    /// What becomes of variables.
    public enum Mode: String, Sendable, Hashable { case split, combined, stateless }

    /// Machines of one architecture.
    public struct Target: Sendable, Hashable {
        public var architecture: String
        /// Names with `*` and `?`.
        public var machines: [String]
    }

    /// `uefi`, `bios` …
    public var interfaces: [String]
    public var device: Device
    public var mode: Mode
    public var executable: String
    public var executableFormat: String
    public var template: String?
    public var templateFormat: String?
    public var targets: [Target]
    public var features: Set<String>

    /// Reads a descriptor; nil for one that lacks what is needed.
    public init?(_ json: JSONValue) {
        guard let mapping = json["mapping"], let device = Device(rawValue: mapping["device"]?.string ?? "") else {
            return nil
        }
        let image = mapping["executable"]
        guard let executable = image?["filename"]?.string ?? mapping["filename"]?.string else { return nil }
        interfaces = (json["interface-types"]?.array ?? []).compactMap(\.string)
        self.device = device
        mode = Mode(rawValue: mapping["mode"]?.string ?? "") ?? .split
        self.executable = executable
        executableFormat = image?["format"]?.string ?? "raw"
        template = mapping["nvram-template"]?["filename"]?.string
        templateFormat = mapping["nvram-template"]?["format"]?.string
        targets = (json["targets"]?.array ?? []).compactMap { target in
            guard let architecture = target["architecture"]?.string else { return nil }
            return Target(architecture: architecture, machines: (target["machines"]?.array ?? []).compactMap(\.string))
        }
        features = Set((json["features"]?.array ?? []).compactMap(\.string))
        guard !interfaces.isEmpty, !targets.isEmpty, device != .flash || mode != .split || template != nil else {
            return nil
        }
    }

    /// Whether the image is for a machine type of a target, by any of the names it goes by.
    func supports(target: String, machines names: [String]) -> Bool {
        targets.contains { entry in
            entry.architecture == target
                && entry.machines.contains { pattern in
                    names.contains { Glob.matches(Array($0.utf8)[...], Array(pattern.utf8)[...]) }
                }
        }
    }
}

/// Shell patterns of `*` and `?`.
enum Glob {
    static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var name = name
        var pattern = pattern
        // Where to go on when what follows the last star doesn't match: one byte further on.
        var retry: (name: ArraySlice<UInt8>, pattern: ArraySlice<UInt8>)?
        while true {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                retry = (name, pattern)
            } else if let byte = name.first, let wanted = pattern.first, wanted == byte || wanted == UInt8(ascii: "?") {
                name = name.dropFirst()
                pattern = pattern.dropFirst()
            } else if name.isEmpty, pattern.isEmpty {
                return true
            } else if let again = retry, !again.name.isEmpty {
                name = again.name.dropFirst()
                pattern = again.pattern
                retry = (name, pattern)
            } else {
                return false
            }
        }
    }
}
