public import VMXML

extension Domain {
    public static let vocabulary = XMLVocabulary(name: "domain", namespaces: [.qemu]) { $0.identity }
}

extension XMLNamespace {
    /// QEMU's own elements in domain XML, for example `<qemu:commandline>`.
    public static let qemu = XMLNamespace(uri: "http://libvirt.org/schemas/domain/qemu/1.0", prefix: "qemu")
}

// Elements that are read by themselves too.
extension Devices { public static var documentRoot: (any XMLRoot.Type)? { Domain.self } }
extension DeviceElement { public static var documentRoot: (any XMLRoot.Type)? { Domain.self } }
extension Graphics { public static var documentRoot: (any XMLRoot.Type)? { Domain.self } }

extension XMLTree {
    /// What tells an element of a domain from others of its name, where something does.
    fileprivate var identity: String? {
        switch name {
        case "disk", "filesystem": value("target", "dev") ?? value("target", "dir")
        case "interface": value("mac", "address")
        case "controller": (attribute("type") ?? "") + " " + (attribute("index") ?? "")
        case "channel": value("target", "name")
        case "serial", "parallel", "console": value("target", "port")
        case "feature", "timer", "entry", "cipher", "event": attribute("name")
        case "cell", "vcpu", "iothread", "sibling", "audio": attribute("id")
        case "graphics", "input": attribute("type")
        default: nil
        }
    }

    private func value(_ child: String, _ name: String) -> String? { element(child)?.attribute(name) }
}
