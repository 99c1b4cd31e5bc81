internal import VMCore
internal import VMDomain
internal import VMJSON

/// `<filesystem>`: folders of the host, by virtiofs or 9p.
enum FilesystemOptions {
    static func make(_ filesystem: Filesystem, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        filesystem.driver?.type == .virtiofs
            ? try virtiofs(filesystem, context) : try plan9(filesystem, context)
    }

    /// The path of the socket on which virtiofsd listens.
    static func socket(_ filesystem: Filesystem, _ context: BuildContext) -> String {
        filesystem.source.socket ?? "\(context.host.folders.machine)/\(filesystem.alias.id)-fs.sock"
    }

    private static func virtiofs(_ filesystem: Filesystem, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = filesystem.alias.id
        let chardev = "chr-vu-" + alias
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("vhost-user-fs", at: filesystem.address, model: filesystem.model))
        ]
        properties.put(filesystem.driver?.virtio)
        properties["id"] = .string(alias)
        properties["chardev"] = .string(chardev)
        properties.put("queue-size", filesystem.driver?.queue)
        properties.put("tag", filesystem.target?.dir)
        properties.put("bootindex", filesystem.boot?.order)
        let backend: JSONObject = [
            "backend": "socket", "id": .string(chardev), "path": .string(socket(filesystem, context)),
        ]
        return [QEMUOption(.chardev, backend, from: filesystem.origin)]
            + (try context.device(
                properties, at: filesystem.address, acpi: filesystem.acpi, from: filesystem.origin))
    }

    private static func plan9(_ filesystem: Filesystem, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = filesystem.alias.id
        let isHandle = filesystem.driver?.type == .handle
        var backend: JSONObject = ["fsdriver": isHandle ? "handle" : "local"]
        if !isHandle {
            let model =
                switch filesystem.accessmode {
                case .mapped: "mapped"
                case .squash: "none"
                case .passthrough, nil: "passthrough"
                }
            backend["security_model"] = .string(model)
        }
        backend.put("multidevs", filesystem.multidevs.flatMap { $0 == .default ? nil : $0.rawValue })
        backend.put("fmode", filesystem.fmode.map(octal))
        backend.put("dmode", filesystem.dmode.map(octal))
        if filesystem.driver?.wrpolicy == .immediate { backend["writeout"] = "immediate" }
        backend["id"] = .string("fsdev-" + alias)
        backend.put("path", filesystem.source.dir)
        if filesystem.readonly { backend["readonly"] = true }
        var properties: JSONObject = [
            "driver": .string(context.virtioDriver("virtio-9p", at: filesystem.address, model: filesystem.model))
        ]
        properties.put(filesystem.driver?.virtio)
        properties["id"] = .string(alias)
        properties["fsdev"] = .string("fsdev-" + alias)
        properties.put("mount_tag", filesystem.target?.dir)
        return [QEMUOption(.fsdev, backend, from: filesystem.origin)]
            + (try context.device(
                properties, at: filesystem.address, acpi: filesystem.acpi, from: filesystem.origin))
    }

    /// Four octal digits, as chmod(1) writes a mode.
    private static func octal(_ mode: UInt32) -> String {
        let text = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - text.utf8.count)) + text
    }
}
