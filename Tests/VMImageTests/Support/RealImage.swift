import Testing
import VMImage

/// An image as `qemu-img` makes it.
struct RealImage: CustomTestStringConvertible, Sendable {
    var format: ImageFormat
    var options: [String] = []
    var more: [String] = []

    var testDescription: String { ([format.rawValue] + options).joined(separator: " ") }

    static let secret = ["--object", "secret,id=s,data=abc"]

    /// Every format that qemu-img can make, and what it knows of kinds.
    static let all: [RealImage] = [
        .init(format: .raw),
        .init(format: .qcow2), .init(format: .qcow2, options: ["compat=0.10"]),
        .init(format: .qcow2, options: ["cluster_size=512"]), .init(format: .qcow2, options: ["cluster_size=2M"]),
        .init(format: .qcow2, options: ["extended_l2=on"]), .init(format: .qcow2, options: ["data_file=data"]),
        .init(format: .qcow2, options: ["encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"], more: secret),
        .init(format: .qcow),
        .init(format: .qed),
        .init(format: .vmdk), .init(format: .vmdk, options: ["subformat=monolithicFlat"]),
        .init(format: .vmdk, options: ["subformat=twoGbMaxExtentSparse"]),
        .init(format: .vmdk, options: ["subformat=twoGbMaxExtentFlat"]),
        .init(format: .vmdk, options: ["subformat=streamOptimized"]),
        .init(format: .vdi), .init(format: .vdi, options: ["static=on"]),
        .init(format: .vpc), .init(format: .vpc, options: ["subformat=fixed"]),
        .init(format: .vpc, options: ["force_size=on"]),
        .init(format: .vpc, options: ["subformat=fixed,force_size=on"]),
        .init(format: .vhdx), .init(format: .vhdx, options: ["subformat=fixed"]),
        .init(format: .parallels),
        .init(format: .luks, options: ["key-secret=s,iter-time=10"], more: secret),
    ]

    /// The usual kind of each format.
    static var ofEachFormat: [RealImage] {
        all.enumerated().filter { number, kind in !all[..<number].contains { $0.format == kind.format } }.map(\.element)
    }

    func make(in folder: ImageFolder) throws -> String {
        try folder.create("image", format.rawValue, options: options, more)
    }
}
