public import VMCore
public import VMDomain
internal import VMJSON

extension Hotplug {
    /// The block nodes of one more image of a running machine, which no device uses yet: the target of a copy.
    public struct ImageNodes: Sendable {
        /// The commands that make them, the lowest first. The last one is the format's, where there is one.
        public var calls: [QMPCall]
        /// The node of the bytes.
        public var storage: String
        /// The node that stands for the image.
        public var top: String

        /// Those that were made by name, the topmost first.
        public var names: [String] { top == storage ? [top] : [top, storage] }
    }

    /// Plans the nodes of an image that takes the place of a disk's.
    ///
    /// - Parameters:
    ///   - disk: the disk as it is with the image in it; its settings are the image's.
    ///   - backing: the node below; nil: there is none.
    ///   - nodes: the names of all nodes that there are.
    public static func imageNodes(
        of disk: Disk, backing: String?, in live: Domain, capabilities: Capabilities, host: HostFacts, nodes: [String]
    ) throws(VMError) -> ImageNodes {
        let driver = disk.driver ?? DiskDriver()
        let name = "libvirt-\(firstFree(nodes))"
        let options = StorageOptions(
            context: BuildContext(domain: live, capabilities: capabilities, host: host), name: name,
            image: StorageOptions.Image(
                source: disk.source, format: driver.type ?? .raw, driver: driver, isReadOnly: false,
                backing: .some(backing), metadataCache: driver.metadataCache,
                encryption: disk.source.encryption, auth: disk.source.auth, origin: disk.origin))
        var calls: [QMPCall] = []
        for option in try options.make() { calls.append(try option.qmpCall()) }
        return ImageNodes(calls: calls, storage: name + "-storage", top: options.topNode)
    }
}
