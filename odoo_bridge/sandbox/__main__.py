from odoo_bridge.sandbox.main import main

if __name__ == "__main__":
    main()
