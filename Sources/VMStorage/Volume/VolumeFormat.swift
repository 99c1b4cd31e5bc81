package import VMImage
public import VMXML

/// `<format>` of a volume: what its bytes are.
public enum VolumeFormat: String, XMLEnum {
    case raw, dir, bochs, cloop, dmg, iso, vpc, vdi, fat, vhd, ploop, cow, qcow, qcow2, qed, vmdk

    /// What an image's signature shows.
    package init(_ format: ImageFormat) {
        switch format {
        case .qcow2: self = .qcow2
        case .qcow: self = .qcow
        case .vmdk: self = .vmdk
        case .vdi: self = .vdi
        case .vpc: self = .vpc
        case .qed: self = .qed
        case .bochs: self = .bochs
        case .cloop: self = .cloop
        case .dmg: self = .dmg
        case .parallels: self = .ploop
        // libvirt has no words for these: what it can't name is raw to it.
        case .raw, .luks, .vhdx: self = .raw
        }
    }

    /// Whether `qemu-img` can make an image of it.
    package var isMadeByTool: Bool {
        switch self {
        case .vpc, .vdi, .qcow, .qcow2, .qed, .vmdk: true
        default: false
        }
    }

    /// QEMU's driver for it.
    package var image: ImageFormat? {
        switch self {
        case .raw, .iso: .raw
        case .vpc: .vpc
        case .vdi: .vdi
        case .qcow: .qcow
        case .qcow2: .qcow2
        case .qed: .qed
        case .vmdk: .vmdk
        case .bochs: .bochs
        case .cloop: .cloop
        case .dmg: .dmg
        case .ploop: .parallels
        case .dir, .fat, .vhd, .cow: nil
        }
    }
}
