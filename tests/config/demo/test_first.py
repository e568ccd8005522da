def test_x(demo):
    print(demo.personas)
    print(demo.rows("select count(*) from auenstadt.luft_stunden"))
