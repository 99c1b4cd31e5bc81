public import VMXML

/// `<filesystem>`: a folder of the host in the guest.
public struct Filesystem: XMLElement {
    /// `type`: what is shared; `mount` is a folder.
    public enum Kind: String, XMLEnum { case mount, bind, file, block, template, ram, volume }

    /// `accessmode`: whose the guest's files are on the host.
    public enum AccessMode: String, XMLEnum { case passthrough, mapped, squash }

    /// `multidevs`: what becomes of files of several host devices in one share.
    public enum MultiDevices: String, XMLEnum { case `default`, remap, forbid, warn }

    public var type = Kind.mount
    public var accessmode: AccessMode?
    public var model: VirtioModel?
    public var multidevs: MultiDevices?
    /// Permissions of new files, for example 0o644.
    public var fmode: UInt32?
    /// Permissions of new folders.
    public var dmode: UInt32?
    public var driver: FilesystemDriver?
    /// virtiofs: the daemon.
    @Indirect public var binary: FilesystemBinary?
    public var idmap: IDMap?
    public var source = FilesystemSource()
    public var target: FilesystemTarget?
    public var readonly = false
    public var boot: BootOrder?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var spaceHardLimit: ScaledSize?
    public var spaceSoftLimit: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type)
        x.attribute("accessmode", &accessmode)
        x.attribute("model", &model)
        x.attribute("multidevs", &multidevs)
        x.attribute("fmode", &fmode, as: FileMode.self)
        x.attribute("dmode", &dmode, as: FileMode.self)
        x.element("driver", &driver)
        x.element("binary", &binary)
        x.element("idmap", &idmap)
        source.type = type
        x.element("source", into: &source)
        x.element("target", &target)
        x.flag("readonly", &readonly)
        x.element("boot", &boot)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
        x.size(in: "space_hard_limit", &spaceHardLimit, .spelledBytes)
        x.size(in: "space_soft_limit", &spaceSoftLimit, .spelledBytes)
    }
}

/// Permissions of a file: `0644`.
public enum FileMode: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0o777 }
    public static var base: Int { 8 }
    public static var octalDigits: Int? { 4 }
}

/// `<source>` of a file system; its shape goes by the file system's type.
public struct FilesystemSource: XMLElement {
    /// The file system's `type`.
    var type = Filesystem.Kind.mount

    /// mount with virtiofs: a socket of a daemon that runs already.
    public var socket: String?
    /// mount, bind.
    public var dir: String?
    /// file.
    public var file: String?
    /// block.
    public var dev: String?
    /// template.
    public var name: String?
    /// ram: a number of `units`.
    public var usage: UInt64?
    /// ram: `KiB` when absent.
    public var units: String?
    /// volume.
    public var pool: String?
    /// volume.
    public var volume: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        switch type {
        case .mount, .bind:
            x.attribute("socket", &socket)
            x.attribute("dir", &dir)
        case .file: x.attribute("file", &file)
        case .block: x.attribute("dev", &dev)
        case .template: x.attribute("name", &name)
        case .ram:
            x.attribute("usage", &usage)
            x.attribute("units", &units)
        case .volume:
            x.attribute("pool", &pool)
            x.attribute("volume", &volume)
        }
    }
}

/// `<target dir='…'>`: a path or, for a machine, the tag by which the guest mounts it.
public struct FilesystemTarget: XMLElement {
    public var dir: String?

    public init() {}
    public init(dir: String) { self.dir = dir }

    public mutating func map(_ x: inout XMLMapper) { x.attribute("dir", &dir) }
}

/// `<driver>` of a file system.
public struct FilesystemDriver: XMLElement {
    public enum Kind: String, XMLEnum { case path, handle, loop, nbd, ploop, virtiofs, mtp }
    public enum WritePolicy: String, XMLEnum { case immediate }

    public var type: Kind?
    public var format: ImageFormat?
    public var wrpolicy: WritePolicy?
    /// virtiofs: the queue's length.
    public var queue: UInt32?
    public var virtio = VirtioOptions()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("type", &type)
        x.attribute("format", &format)
        x.attribute("wrpolicy", &wrpolicy)
        x.attribute("queue", &queue)
        virtio.map(&x)
    }
}

/// `<binary>`: the virtiofs daemon and its options.
public struct FilesystemBinary: XMLElement {
    /// `<cache mode='…'>`.
    public struct Cache: XMLElement {
        public enum Mode: String, XMLEnum { case none, always }
        public var mode: Mode?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("mode", &mode) }
    }

    /// `<sandbox mode='…'>`.
    public struct Sandbox: XMLElement {
        public enum Mode: String, XMLEnum { case namespace, chroot }
        public var mode: Mode?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("mode", &mode) }
    }

    /// `<lock>`: which locks reach the host.
    public struct Lock: XMLElement {
        public var posix: OnOff?
        public var flock: OnOff?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("posix", &posix)
            x.attribute("flock", &flock)
        }
    }

    /// `<thread_pool size='…'>`.
    public struct ThreadPool: XMLElement {
        public var size: Int?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("size", &size) }
    }

    /// `<openfiles max='…'>`.
    public struct OpenFiles: XMLElement {
        public var max: UInt64?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) { x.attribute("max", &max) }
    }

    public var path: String?
    public var xattr: OnOff?
    public var cache: Cache?
    public var sandbox: Sandbox?
    public var lock: Lock?
    public var threadPool: ThreadPool?
    public var openfiles: OpenFiles?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("path", &path)
        x.attribute("xattr", &xattr)
        x.element("cache", &cache)
        x.element("sandbox", &sandbox)
        x.element("lock", &lock)
        x.element("thread_pool", &threadPool)
        x.element("openfiles", &openfiles)
    }
}
